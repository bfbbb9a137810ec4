import { whyInvalid } from '../filters/parse-pattern.js';
import type { SqsQueueRef } from './event-source-mapping.js';
import {
  acceptance,
  batching,
  largestBatchWithoutWindow,
  parameterNames,
  pollers,
  ranges,
  type SourceType,
} from './parameters.js';
import { invalidParameter, type AwsError, type Path, type Problem } from './problem.js';
import type { MappingInput, ParameterName } from './request.js';

/** A request that has the right shape, and the queue it names. */
export interface QueueCandidate {
  readonly request: MappingInput;
  readonly queue: SqsQueueRef;
  readonly region: string;
}

type Rule = (candidate: QueueCandidate) => readonly Problem[];

const none: readonly Problem[] = [];

function problem(path: Path, message: string, more: { got?: unknown; aws?: AwsError } = {}): readonly Problem[] {
  const got = 'got' in more ? { got: { value: more.got } } : {};
  return [{ path, message, ...got, ...(more.aws === undefined ? {} : { aws: more.aws }) }];
}

/** Parameters that are given and that the source does not take. */
export function refusedParameters(request: MappingInput, source: SourceType): readonly ParameterName[] {
  return parameterNames.filter((name) => request[name] !== undefined && acceptance(name, source) === '-');
}

const instead: Partial<Record<ParameterName, string>> = {
  DestinationConfig: 'give the queue a redrive policy instead',
  MaximumRetryAttempts: "set maxReceiveCount in the queue's redrive policy instead",
  MaximumRecordAgeInSeconds: "the queue's retention period decides",
  Queues: 'EventSourceArn names the queue',
  ParallelizationFactor: 'use ScalingConfig.MaximumConcurrency',
};

const unsupportedDestination = invalidParameter(
  'Unsupported DestinationConfig parameter for given event source mapping type.',
);

const takesParameters: Rule = ({ request }) =>
  refusedParameters(request, 'sqs').flatMap((name) => {
    const hint = instead[name] ?? 'remove it';
    if (name !== 'DestinationConfig') return problem([name], `is not a parameter of SQS mappings; ${hint}`);
    const onSuccess = request.DestinationConfig?.OnSuccess !== undefined;
    return problem(
      onSuccess ? [name, 'OnSuccess'] : [name],
      `is not a parameter of SQS mappings; ${hint}`,
      onSuccess ? { aws: unsupportedDestination } : {},
    );
  });

const inOneRegion: Rule = ({ queue, region }) =>
  queue.region === region
    ? none
    : problem(
        ['EventSourceArn'],
        `is in ${queue.region}, and the functions are in ${region}: a queue and its function must be in one region (set region in the configuration, or change this ARN)`,
      );

const batchSizeOfQueue: Rule = ({ request: { BatchSize }, queue }) => {
  const { max } = batching[queue.fifo ? 'sqs-fifo' : 'sqs'].batchSize;
  if (BatchSize === undefined || BatchSize <= max) return none;
  return problem(['BatchSize'], `must be a whole number from ${ranges.batchSize.min} to ${max} for FIFO queues`, {
    got: BatchSize,
  });
};

const noWindowForFifo: Rule = ({ request: { MaximumBatchingWindowInSeconds: window = 0 }, queue }) =>
  queue.fifo && window > 0
    ? problem(['MaximumBatchingWindowInSeconds'], 'is not supported for FIFO queues; remove it', { got: window })
    : none;

const windowForLargeBatches: Rule = ({ request, queue }) => {
  const { BatchSize = batching.sqs.batchSize.default, MaximumBatchingWindowInSeconds: window = 0 } = request;
  if (queue.fifo || BatchSize <= largestBatchWithoutWindow || window >= 1) return none;
  const at = request.MaximumBatchingWindowInSeconds === undefined ? 'BatchSize' : 'MaximumBatchingWindowInSeconds';
  const message =
    at === 'BatchSize'
      ? `over ${largestBatchWithoutWindow} needs a MaximumBatchingWindowInSeconds of at least 1`
      : `must be at least 1 when BatchSize is over ${largestBatchWithoutWindow}`;
  return problem([at], message, {
    got: request[at],
    aws: invalidParameter(
      `Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than ${largestBatchWithoutWindow}`,
    ),
  });
};

const oneWayToScale: Rule = ({ request: { ScalingConfig, ProvisionedPollerConfig } }) =>
  ScalingConfig?.MaximumConcurrency !== undefined && isProvisioned(ProvisionedPollerConfig)
    ? problem(
        ['ScalingConfig', 'MaximumConcurrency'],
        'cannot be used together with ProvisionedPollerConfig; remove one of them',
      )
    : none;

const pollerNumbers: Rule = ({ request: { ProvisionedPollerConfig: config } }) => {
  const { minimum, maximum } = pollers.sqs;
  const from = config?.MinimumPollers ?? minimum.default;
  const to = config?.MaximumPollers ?? maximum.default;
  const outside = [
    { name: 'MinimumPollers', got: from, most: ranges.minimumPollers.max },
    { name: 'MaximumPollers', got: to, most: maximum.most },
  ].filter(({ got, most }) => got < minimum.least || got > most);
  if (outside.length === 0 && from > to) {
    const path = ['ProvisionedPollerConfig', 'MinimumPollers'];
    return problem(path, `must not be over MaximumPollers, which is ${to}`, { got: from });
  }
  return outside.flatMap(({ name, got, most }) =>
    problem(['ProvisionedPollerConfig', name], `must be a whole number from ${minimum.least} to ${most} for SQS`, {
      got,
    }),
  );
};

const noPollerGroup: Rule = ({ request: { ProvisionedPollerConfig } }) =>
  ProvisionedPollerConfig?.PollerGroupName === undefined
    ? none
    : problem(['ProvisionedPollerConfig', 'PollerGroupName'], 'is not a parameter of SQS mappings; remove it');

const invalidPattern = invalidParameter('Invalid filter pattern definition.');

const validPatterns: Rule = ({ request: { FilterCriteria } }) =>
  (FilterCriteria?.Filters ?? []).flatMap(({ Pattern }, index) => {
    const path = ['FilterCriteria', 'Filters', index, 'Pattern'];
    if (Pattern === undefined) return problem(path, 'is missing; it must be a filter pattern: JSON in a string');
    const invalid = whyInvalid(Pattern);
    return invalid === undefined
      ? none
      : problem(path, `is not a valid filter pattern: ${invalid.message}`, { aws: invalidPattern });
  });

const notYet: Rule = ({ request: { MetricsConfig } }) =>
  (MetricsConfig?.Metrics ?? []).length > 0
    ? problem(['MetricsConfig'], 'is not supported by this version of millrace; remove it')
    : none;

export function isProvisioned(config: MappingInput['ProvisionedPollerConfig']): boolean {
  return config?.MinimumPollers !== undefined || config?.MaximumPollers !== undefined;
}

const afterFunction: readonly Rule[] = [
  inOneRegion,
  batchSizeOfQueue,
  noWindowForFifo,
  windowForLargeBatches,
  oneWayToScale,
  pollerNumbers,
  noPollerGroup,
  validPatterns,
  notYet,
];

export interface Findings {
  /** What AWS reports rather than that the function does not exist. */
  readonly beforeFunction: readonly Problem[];
  readonly afterFunction: readonly Problem[];
}

/** What the rules of SQS mappings say to a request. */
export function queueRules(candidate: QueueCandidate): Findings {
  return {
    beforeFunction: takesParameters(candidate),
    afterFunction: afterFunction.flatMap((rule) => rule(candidate)),
  };
}
