import { refusedParameters, takesParameters } from './accepted-parameters.js';
import { destinationOfFailures, recordAge } from './failure-rules.js';
import { startingTime } from './position-rules.js';
import { invalidParameter, type Problem } from '../schema/problem.js';
import {
  inOneRegion,
  metricsOfSource,
  none,
  problem,
  validPatterns,
  type Candidate,
  type Findings,
  type Rule,
} from './rules.js';

const takes = takesParameters({
  ScalingConfig: 'use ParallelizationFactor',
  ProvisionedPollerConfig: 'use ParallelizationFactor',
  Topics: 'EventSourceArn names the stream',
  Queues: 'EventSourceArn names the stream',
  StartingPositionTimestamp: 'DynamoDB Streams cannot be read from a time',
});

/** A position that is refused already needs no second answer about its time. */
const takesParametersOfStreams: Rule = (candidate) => {
  const { request } = candidate;
  const answered = request.StartingPosition === 'AT_TIMESTAMP' && isRefused('StartingPositionTimestamp', candidate);
  return takes(answered ? { ...candidate, request: { ...request, StartingPositionTimestamp: undefined } } : candidate);
};

function isRefused(name: 'StartingPositionTimestamp', { request, type }: Candidate): boolean {
  return refusedParameters(request, type).includes(name);
}

const missingPosition = invalidParameter(
  "1 validation error detected: Value null at 'startingPosition' failed to satisfy constraint: Member must not be null.",
);

const startingPosition: Rule = ({ request: { StartingPosition: position }, source, type, malformed }) => {
  const path = ['StartingPosition'];
  const possible = type === 'dynamodb' ? 'TRIM_HORIZON or LATEST' : 'TRIM_HORIZON, LATEST or AT_TIMESTAMP';
  if (position === 'AT_TIMESTAMP' && type === 'dynamodb') {
    const aws = invalidParameter(`Unsupported starting position for arn type: ${source.arn}`);
    const message = `must be ${possible}: DynamoDB Streams cannot be read from a time`;
    return problem(path, message, { got: position, aws });
  }
  if (position !== undefined || source.kind === 'custom' || malformed.has('StartingPosition')) return none;
  return problem(path, `is missing; it must be ${possible}`, { aws: missingPosition });
};

const startingTimeOfStream: Rule = (candidate) => (candidate.type === 'dynamodb' ? none : startingTime(candidate));

const afterFunction: readonly Rule[] = [
  inOneRegion,
  startingPosition,
  startingTimeOfStream,
  recordAge,
  destinationOfFailures,
  validPatterns,
  metricsOfSource,
];

/** What the rules of streams say to a request. */
export function streamRules(candidate: Candidate): Findings {
  const rest: readonly Problem[] = afterFunction.flatMap((rule) => rule(candidate));
  return { beforeFunction: takesParametersOfStreams(candidate), afterFunction: rest };
}
