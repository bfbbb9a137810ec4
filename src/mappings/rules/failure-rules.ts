import { parseDestination } from '../destination-arn.js';
import { ranges } from '../schema/parameters.js';
import { lacksPollers } from './provisioned.js';
import { none, problem, type Rule } from './rules.js';

/** `MaximumRecordAgeInSeconds` is no limit, or one that AWS takes. */
export const recordAge: Rule = ({ request: { MaximumRecordAgeInSeconds: age } }) => {
  if (age === undefined || age === ranges.recordAgeSeconds.min || age >= ranges.leastRecordAgeSeconds) return none;
  const { leastRecordAgeSeconds: least, recordAgeSeconds } = ranges;
  const message = `must be ${recordAgeSeconds.min} (no limit) or a whole number from ${least} to ${recordAgeSeconds.max}`;
  return problem(['MaximumRecordAgeInSeconds'], message, { got: age });
};

const path = ['DestinationConfig', 'OnFailure', 'Destination'];

/** `OnFailure` is a queue, topic or bucket. */
export const destinationOfFailures: Rule = ({ request: { DestinationConfig }, destinations }) => {
  const given = DestinationConfig?.OnFailure?.Destination ?? '';
  const found = parseDestination(given, destinations);
  return found.kind === 'refused' ? problem(path, found.because, { got: given }) : none;
};

const topicScheme = 'kafka://';

/** Mappings of Kafka may report to a topic of the same cluster, too, but not to the one that they read. */
export const destinationOfKafka: Rule = (candidate) => {
  const { request } = candidate;
  const given = request.DestinationConfig?.OnFailure?.Destination ?? '';
  if (!given.startsWith(topicScheme)) return destinationOfFailures(candidate);
  if (given === `${topicScheme}${request.Topics?.[0] ?? ''}`) {
    return problem(path, 'must be another topic than the one that is read', { got: given });
  }
  const message =
    'needs provisioned mode for a topic; set ProvisionedPollerConfig, or name a queue, topic of SNS or bucket';
  return lacksPollers(candidate) ? problem(path, message, { got: given }) : none;
};
