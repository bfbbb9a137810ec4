import type { SourceType } from '../../contracts/source-description.js';
import { pollers, ranges } from '../schema/parameters.js';
import type { MappingInput } from '../schema/request.js';
import { problem, type Rule } from './rules.js';

/** `MinimumPollers` and `MaximumPollers` are in the range of the source, and in order. */
export function pollerNumbers(of: keyof typeof pollers): Rule {
  const { minimum, maximum, label } = pollers[of];
  return ({ request }) => {
    const { from, to } = numbersOf(request, of);
    const outside = [
      { name: 'MinimumPollers', got: from, most: ranges.minimumPollers.max },
      { name: 'MaximumPollers', got: to, most: maximum.most },
    ].filter(({ got, most }) => got < minimum.least || got > most);
    if (outside.length === 0 && from > to) {
      const path = ['ProvisionedPollerConfig', 'MinimumPollers'];
      return problem(path, `must not be over MaximumPollers, which is ${to}`, { got: from });
    }
    return outside.flatMap(({ name, got, most }) =>
      problem(
        ['ProvisionedPollerConfig', name],
        `must be a whole number from ${minimum.least} to ${most} for ${label}`,
        { got },
      ),
    );
  };
}

/** The numbers of pollers that are in effect. */
export function pollersOf(request: MappingInput, type: SourceType): { readonly from: number; readonly to: number } {
  return numbersOf(request, type === 'sqs' ? 'sqs' : 'kafka');
}

function numbersOf(
  { ProvisionedPollerConfig: config }: MappingInput,
  of: keyof typeof pollers,
): { readonly from: number; readonly to: number } {
  const { minimum, maximum } = pollers[of];
  return { from: config?.MinimumPollers ?? minimum.default, to: config?.MaximumPollers ?? maximum.default };
}
