import { filtersWithoutIncrease, noEffect } from './parameters.js';
import { pathText, type Path } from './problem.js';
import type { MappingInput } from './request.js';

/** Sentences about parameters that are legal and do nothing, or would need more than a fresh account of AWS. */
export function noticesOf(request: MappingInput, at: Path): readonly string[] {
  const where = (...path: Path): string => pathText([...at, ...path]);
  const filters = request.FilterCriteria?.Filters?.length ?? 0;
  return [
    ...(request.KMSKeyArn === undefined || request.KMSKeyArn === '' ? [] : [noEffect(where('KMSKeyArn'), 'KMSKeyArn')]),
    ...((request.TumblingWindowInSeconds ?? 0) > 0 && (request.ParallelizationFactor ?? 1) > 1
      ? [
          `${where('ParallelizationFactor')} has no effect with TumblingWindowInSeconds: a shard has one state, so its batches go one after the other`,
        ]
      : []),
    ...(filters > filtersWithoutIncrease
      ? [
          `${where('FilterCriteria', 'Filters')} has ${filters} filters: AWS allows more than ${filtersWithoutIncrease} only after an increase of the quota`,
        ]
      : []),
  ];
}
