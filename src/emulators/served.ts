import type { Service } from '../contracts/services.js';
import type { EventSourceMapping } from '../mappings/event-source-mapping.js';

/** What an embedded server has to have for a mapping. */
interface ServedSource {
  readonly arn: string;
  readonly region: string;
  readonly account: string;
  readonly name: string;
  /** The function that is called with what it has. */
  readonly function: EventSourceMapping['function'];
}

/** What mappings read of a service. */
export function servedBy(mappings: readonly EventSourceMapping[], service: Service): readonly ServedSource[] {
  return mappings.flatMap(({ source, description: { reached }, function: fn }) => {
    const { arn, region, account, name } = source;
    if (reached.kind !== 'service' || reached.service !== service) return [];
    return arn === undefined || region === undefined || account === undefined
      ? []
      : [{ arn, region, account, name, function: fn }];
  });
}
