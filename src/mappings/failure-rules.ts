import { isProvisioned } from './accepted-parameters.js';
import { parseDestination } from './destination-arn.js';
import { ranges } from './parameters.js';
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
export const destinationOfFailures: Rule = ({ request: { DestinationConfig } }) => {
  const given = DestinationConfig?.OnFailure?.Destination ?? '';
  const found = parseDestination(given);
  return found.kind === 'refused' ? problem(path, found.because, { got: given }) : none;
};

const kafkaTopic = /^kafka:\/\/[^.][a-zA-Z0-9\-_.]{0,248}$/;

/** Mappings of Kafka may report to a topic of the same cluster, too. */
export const destinationOfKafka: Rule = (candidate) => {
  const { request } = candidate;
  const given = request.DestinationConfig?.OnFailure?.Destination ?? '';
  if (!given.startsWith('kafka://')) return destinationOfFailures(candidate);
  if (!kafkaTopic.test(given)) return problem(path, 'must have the form kafka://<topic>', { got: given });
  return isProvisioned(request)
    ? none
    : problem(
        path,
        'needs provisioned mode for a topic; set ProvisionedPollerConfig, or name a queue, topic of SNS or bucket',
      );
};
