import { takesParameters } from './accepted-parameters.js';
import { largestBatchWithoutWindow, ranges } from '../schema/parameters.js';
import { pollerNumbers } from './poller-rules.js';
import { invalidParameter } from '../schema/problem.js';
import { isProvisioned } from './provisioned.js';
import {
  inOneRegion,
  mappingsOf,
  metricsOfSource,
  none,
  problem,
  validPatterns,
  type Candidate,
  type Findings,
  type Rule,
} from './rules.js';

const takes = takesParameters({
  DestinationConfig: 'give the queue a redrive policy instead',
  MaximumRetryAttempts: "set maxReceiveCount in the queue's redrive policy instead",
  MaximumRecordAgeInSeconds: "the queue's retention period decides",
  Queues: 'EventSourceArn names the queue',
  ParallelizationFactor: 'use ScalingConfig.MaximumConcurrency',
});

/** FIFO queues alone take no batching window. */
function isFifo({ source, description }: Candidate): boolean {
  return description.batching(source).window === undefined;
}

const batchSizeOfFifo: Rule = (candidate) => {
  const { source, description } = candidate;
  const { BatchSize } = candidate.request;
  const { max } = description.batching(source).batchSize;
  if (!isFifo(candidate) || BatchSize === undefined || BatchSize <= max) return none;
  return problem(['BatchSize'], `must be a whole number from ${ranges.batchSize.min} to ${max} for FIFO queues`, {
    got: BatchSize,
  });
};

const noWindowForFifo: Rule = (candidate) => {
  const { MaximumBatchingWindowInSeconds: window = 0 } = candidate.request;
  return isFifo(candidate) && window > 0
    ? problem(['MaximumBatchingWindowInSeconds'], 'is not supported for FIFO queues; remove it', {
        got: window,
        aws: invalidParameter('Batching window is not supported for FIFO queues'),
      })
    : none;
};

const windowForLargeBatches: Rule = (candidate) => {
  const { request, source, description, malformed } = candidate;
  if (malformed.has('MaximumBatchingWindowInSeconds')) return none;
  const { BatchSize = description.batching(source).batchSize.default, MaximumBatchingWindowInSeconds: window = 0 } =
    request;
  // One receive of SQS brings ten messages at most; other queues may bring more.
  if (source.kind !== 'sqs' || isFifo(candidate) || BatchSize <= largestBatchWithoutWindow || window >= 1) return none;
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

const oneWayToScale: Rule = ({ request }) =>
  request.ScalingConfig?.MaximumConcurrency !== undefined && isProvisioned(request)
    ? problem(
        ['ScalingConfig', 'MaximumConcurrency'],
        'cannot be used together with ProvisionedPollerConfig; remove one of them',
      )
    : none;

const noPollerGroup: Rule = ({ request: { ProvisionedPollerConfig }, description }) =>
  ProvisionedPollerConfig?.PollerGroupName === undefined
    ? none
    : problem(
        ['ProvisionedPollerConfig', 'PollerGroupName'],
        `is not a parameter of ${mappingsOf(description)}; remove it`,
      );

const afterFunction: readonly Rule[] = [
  inOneRegion,
  noWindowForFifo,
  batchSizeOfFifo,
  windowForLargeBatches,
  oneWayToScale,
  pollerNumbers('sqs'),
  noPollerGroup,
  validPatterns,
  metricsOfSource,
];

/** What the rules of queues say to a request. */
export function queueRules(candidate: Candidate): Findings {
  return { beforeFunction: takes(candidate), afterFunction: afterFunction.flatMap((rule) => rule(candidate)) };
}
