import { parseFunctionReference } from '../mappings/function-name.js';
import type { MappingDescription } from '../mappings/mapping-description.js';
import type { ControlPlane } from './control-plane.js';
import { ApiFailure } from './api-failure.js';
import type { ManagedMapping } from './managed-mapping.js';
import { pageOf } from './list-page.js';

export interface MappingList {
  readonly EventSourceMappings: readonly MappingDescription[];
  readonly NextMarker?: string;
}

const maxItemsRange = { min: 1, max: 10_000 } as const;

/** ListEventSourceMappings: a page, of all or of those of a function and a source. What nothing has gives an empty list. */
export function listMappings(plane: ControlPlane, query: Readonly<Record<string, string>>): MappingList {
  const { EventSourceArn: arn, FunctionName: fn } = query;
  const functionArn = fn === undefined ? undefined : parseFunctionReference(fn, plane.place);
  const matching = plane.registry
    .inOrder()
    .filter(({ record }) => arn === undefined || record.request.EventSourceArn === arn)
    .filter(({ record }) => fn === undefined || record.functionArn === functionArn);
  const numbered = matching.map((managed: ManagedMapping) => ({ number: managed.record.number, managed }));
  const { items, nextMarker } = pageOf(numbered, { marker: query['Marker'], maxItems: maxItemsOf(query['MaxItems']) });
  return {
    EventSourceMappings: items.map(({ managed }) => plane.describe(managed)),
    ...(nextMarker === undefined ? {} : { NextMarker: nextMarker }),
  };
}

function maxItemsOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const { min, max } = maxItemsRange;
  const number = Number(text);
  if (!/^-?\d+$/.test(text)) {
    throw new ApiFailure('SerializationException', "STRING_VALUE can not be converted to an Integer at 'maxItems'");
  }
  if (number < min) throw outOfRange(text, `greater than or equal to ${min}`);
  if (number > max) throw outOfRange(text, `less than or equal to ${max}`);
  return number;
}

function outOfRange(text: string, bound: string): ApiFailure {
  const constraint = `Value '${text}' at 'maxItems' failed to satisfy constraint: Member must have value ${bound}`;
  return new ApiFailure('ValidationException', `1 validation error detected: ${constraint}`);
}
