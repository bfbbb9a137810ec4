import { parseDestination } from './destination-arn.js';
import type { StreamRef } from './event-source-mapping.js';
import { ranges } from './parameters.js';
import { invalidParameter } from './problem.js';
import type { ParameterName } from './request.js';
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
import { timestampMs } from './timestamp.js';

type StreamRule = Rule<Candidate<StreamRef>>;

const instead: Partial<Record<ParameterName, string>> = {
  ScalingConfig: 'use ParallelizationFactor',
  ProvisionedPollerConfig: 'use ParallelizationFactor',
  Topics: 'EventSourceArn names the stream',
  Queues: 'EventSourceArn names the stream',
  StartingPositionTimestamp: 'DynamoDB Streams cannot be read from a time',
};

const takesParameters: StreamRule = ({ request, source }) =>
  // What a source that the configuration adds takes is what Kinesis takes.
  refusedParameters(request, source.kind === 'dynamodb' ? 'dynamodb' : 'kinesis')
    // A position that is refused already needs no second answer about its time.
    .filter((name) => name !== 'StartingPositionTimestamp' || request.StartingPosition !== 'AT_TIMESTAMP')
    .flatMap((name) => problem([name], `is not a parameter of ${mappingsOf(source)}; ${instead[name] ?? 'remove it'}`));

const noSuccessDestination: StreamRule = ({ request: { DestinationConfig }, source }) =>
  DestinationConfig?.OnSuccess === undefined
    ? none
    : problem(['DestinationConfig', 'OnSuccess'], `is not a parameter of ${mappingsOf(source)}; remove it`, {
        aws: unsupportedDestination,
      });

const missingPosition = invalidParameter(
  "1 validation error detected: Value null at 'startingPosition' failed to satisfy constraint: Member must not be null.",
);

const startingPosition: StreamRule = ({ request: { StartingPosition: position }, source, malformed }) => {
  const path = ['StartingPosition'];
  const possible = source.kind === 'dynamodb' ? 'TRIM_HORIZON or LATEST' : 'TRIM_HORIZON, LATEST or AT_TIMESTAMP';
  if (position === 'AT_TIMESTAMP' && source.kind === 'dynamodb') {
    const aws = invalidParameter(`Unsupported starting position for arn type: ${source.arn}`);
    const message = `must be ${possible}: DynamoDB Streams cannot be read from a time`;
    return problem(path, message, { got: position, aws });
  }
  if (position !== undefined || source.kind === 'custom' || malformed.has('StartingPosition')) return none;
  return problem(path, `is missing; it must be ${possible}`, { aws: missingPosition });
};

const startingTime: StreamRule = ({ request, source, malformed, now }) => {
  const { StartingPosition: position, StartingPositionTimestamp: given } = request;
  const path = ['StartingPositionTimestamp'];
  if (source.kind === 'dynamodb' || malformed.has('StartingPosition') || malformed.has('StartingPositionTimestamp')) {
    return none;
  }
  if (given === undefined) {
    return position === 'AT_TIMESTAMP'
      ? problem(path, 'is missing; StartingPosition AT_TIMESTAMP needs the time to start at')
      : none;
  }
  if (position !== 'AT_TIMESTAMP') return problem(path, 'needs StartingPosition AT_TIMESTAMP; set that, or remove it');
  if ((timestampMs(given) ?? 0) <= now) return none;
  return problem(path, 'must not be in the future (a number is one of seconds, not of milliseconds)', { got: given });
};

const recordAge: StreamRule = ({ request: { MaximumRecordAgeInSeconds: age } }) => {
  if (age === undefined || age === ranges.recordAgeSeconds.min || age >= ranges.leastRecordAgeSeconds) return none;
  const { leastRecordAgeSeconds: least, recordAgeSeconds } = ranges;
  const message = `must be ${recordAgeSeconds.min} (no limit) or a whole number from ${least} to ${recordAgeSeconds.max}`;
  return problem(['MaximumRecordAgeInSeconds'], message, { got: age });
};

const destinationOfFailures: StreamRule = ({ request: { DestinationConfig } }) => {
  const given = DestinationConfig?.OnFailure?.Destination ?? '';
  const found = parseDestination(given);
  if (found.kind !== 'refused') return none;
  return problem(['DestinationConfig', 'OnFailure', 'Destination'], found.because, { got: given });
};

const afterFunction: readonly StreamRule[] = [
  inOneRegion,
  startingPosition,
  startingTime,
  recordAge,
  destinationOfFailures,
  validPatterns,
  notYet,
];

/** What the rules of streams say to a request. */
export function streamRules(candidate: Candidate<StreamRef>): Findings {
  return {
    beforeFunction: [...noSuccessDestination(candidate), ...takesParameters(candidate)],
    afterFunction: afterFunction.flatMap((rule) => rule(candidate)),
  };
}
