import type { QueueRef } from './event-source-mapping.js';
import { batching, largestBatchWithoutWindow, pollers, ranges } from './parameters.js';
import { invalidParameter, type Problem } from './problem.js';
import type { MappingInput, ParameterName } from './request.js';
import {
  inOneRegion,
  mappingsOf,
  none,
  notYet,
  problem,
  refusedParameters,
  unsupportedDestination,
  validPatterns,
  type Candidate,
  type Findings,
  type Rule,
} from './rules.js';

type QueueRule = Rule<Candidate<QueueRef>>;

const instead: Partial<Record<ParameterName, string>> = {
  DestinationConfig: 'give the queue a redrive policy instead',
  MaximumRetryAttempts: "set maxReceiveCount in the queue's redrive policy instead",
  MaximumRecordAgeInSeconds: "the queue's retention period decides",
  Queues: 'EventSourceArn names the queue',
  ParallelizationFactor: 'use ScalingConfig.MaximumConcurrency',
};

const takesParameters: QueueRule = ({ request, source }) =>
  refusedParameters(request, 'sqs').flatMap((name) => {
    const message = `is not a parameter of ${mappingsOf(source)}; ${instead[name] ?? 'remove it'}`;
    return name === 'DestinationConfig' && request.DestinationConfig?.OnSuccess !== undefined
      ? problem([name, 'OnSuccess'], message, { aws: unsupportedDestination })
      : problem([name], message);
  });

function isFifo(source: QueueRef): boolean {
  return source.kind === 'sqs' && source.fifo;
}

const batchSizeOfFifo: QueueRule = ({ request: { BatchSize }, source }) => {
  const { max } = batching['sqs-fifo'].batchSize;
  if (!isFifo(source) || BatchSize === undefined || BatchSize <= max) return none;
  return problem(['BatchSize'], `must be a whole number from ${ranges.batchSize.min} to ${max} for FIFO queues`, {
    got: BatchSize,
  });
};

const noWindowForFifo: QueueRule = ({ request: { MaximumBatchingWindowInSeconds: window = 0 }, source }) =>
  isFifo(source) && window > 0
    ? problem(['MaximumBatchingWindowInSeconds'], 'is not supported for FIFO queues; remove it', { got: window })
    : none;

const windowForLargeBatches: QueueRule = ({ request, source }) => {
  const { BatchSize = batching.sqs.batchSize.default, MaximumBatchingWindowInSeconds: window = 0 } = request;
  // One receive of SQS brings ten messages at most; other queues may bring more.
  if (source.kind !== 'sqs' || source.fifo || BatchSize <= largestBatchWithoutWindow || window >= 1) return none;
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

const oneWayToScale: QueueRule = ({ request: { ScalingConfig, ProvisionedPollerConfig } }) =>
  ScalingConfig?.MaximumConcurrency !== undefined && isProvisioned(ProvisionedPollerConfig)
    ? problem(
        ['ScalingConfig', 'MaximumConcurrency'],
        'cannot be used together with ProvisionedPollerConfig; remove one of them',
      )
    : none;

const pollerNumbers: QueueRule = ({ request: { ProvisionedPollerConfig: config } }) => {
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

const noPollerGroup: QueueRule = ({ request: { ProvisionedPollerConfig }, source }) =>
  ProvisionedPollerConfig?.PollerGroupName === undefined
    ? none
    : problem(['ProvisionedPollerConfig', 'PollerGroupName'], `is not a parameter of ${mappingsOf(source)}; remove it`);

export function isProvisioned(config: MappingInput['ProvisionedPollerConfig']): boolean {
  return config?.MinimumPollers !== undefined || config?.MaximumPollers !== undefined;
}

const afterFunction: readonly QueueRule[] = [
  inOneRegion,
  batchSizeOfFifo,
  noWindowForFifo,
  windowForLargeBatches,
  oneWayToScale,
  pollerNumbers,
  noPollerGroup,
  validPatterns,
  notYet,
];

/** What the rules of queues say to a request. */
export function queueRules(candidate: Candidate<QueueRef>): Findings {
  const rest: readonly Problem[] = afterFunction.flatMap((rule) => rule(candidate));
  return { beforeFunction: takesParameters(candidate), afterFunction: rest };
}
