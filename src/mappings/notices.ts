import { filtersWithoutIncrease, noEffect } from './schema/parameters.js';
import { pathText, type Path } from './schema/problem.js';
import type { MappingInput } from './schema/request.js';

type Where = (...path: Path) => string;

/** Sentences about parameters that are legal and do nothing, or would need more than a fresh account of AWS. */
export function noticesOf(request: MappingInput, at: Path, partitionWord: string): readonly string[] {
  const where: Where = (...path) => pathText([...at, ...path]);
  const filters = request.FilterCriteria?.Filters?.length ?? 0;
  return [
    ...withoutLocalMeaning(request, where),
    ...((request.TumblingWindowInSeconds ?? 0) > 0 && (request.ParallelizationFactor ?? 1) > 1
      ? [
          `${where('ParallelizationFactor')} has no effect with TumblingWindowInSeconds: a ${partitionWord} has one state, so its batches go one after the other`,
        ]
      : []),
    ...(filters > filtersWithoutIncrease
      ? [
          `${where('FilterCriteria', 'Filters')} has ${filters} filters: AWS allows more than ${filtersWithoutIncrease} only after an increase of the quota`,
        ]
      : []),
  ];
}

function withoutLocalMeaning(request: MappingInput, where: Where): readonly string[] {
  const { KMSKeyArn = '', ProvisionedPollerConfig: pollers, SourceAccessConfigurations: access = [] } = request;
  return [
    ...(KMSKeyArn === '' ? [] : [noEffect(where('KMSKeyArn'), 'KMSKeyArn')]),
    ...((pollers?.PollerGroupName ?? '') === ''
      ? []
      : [noEffect(where('ProvisionedPollerConfig', 'PollerGroupName'), 'PollerGroupName')]),
    ...access.flatMap(({ Type }, index) =>
      Type === 'VPC_SUBNET' || Type === 'VPC_SECURITY_GROUP'
        ? [noEffect(where('SourceAccessConfigurations', index), Type)]
        : [],
    ),
  ];
}
