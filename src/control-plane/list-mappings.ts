import { parseFunctionReference } from '../mappings/function-name.js';
import type { MappingDescription } from '../mappings/mapping-description.js';
import type { ControlPlane } from './control-plane.js';
import { failure } from './api-failure.js';
import type { ManagedMapping } from './managed-mapping.js';
import { pageOf } from './list-page.js';
import { maxItemsProblem } from './list-query.js';

interface MappingList {
  readonly EventSourceMappings: readonly MappingDescription[];
  readonly NextMarker?: string;
}

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
  const problem = maxItemsProblem(text);
  if (problem !== undefined) throw failure(problem);
  return Number(text);
}
