import { waysOfAccess } from './access-rules.js';
import { givesRequired, provisionedOnly, takesParameters } from './accepted-parameters.js';
import { destinationOfKafka, recordAge } from './failure-rules.js';
import { pollerNumbers } from './poller-rules.js';
import { startingTime } from './position-rules.js';
import type { ParameterName } from '../schema/request.js';
import {
  inOneRegion,
  none,
  problem,
  timeoutOfFunction,
  validPatterns,
  type Candidate,
  type Findings,
  type Rule,
} from './rules.js';
import { schemaRegistry } from './schema-registry-rules.js';

const takes = takesParameters({
  Queues: 'Topics names the topic',
  ParallelizationFactor: 'use ProvisionedPollerConfig',
  ScalingConfig: 'use ProvisionedPollerConfig',
});

const notInQueueMode: readonly ParameterName[] = [
  'StartingPosition',
  'StartingPositionTimestamp',
  'MaximumBatchingWindowInSeconds',
];

/** A share group has neither a position nor an order. */
const queueMode: Rule = ({ request }) => {
  if (request.SelfManagedKafkaEventSourceConfig?.ConsumptionMode !== 'Queue') return none;
  return notInQueueMode
    .filter((name) => request[name] !== undefined)
    .flatMap((name) => problem([name], 'cannot be used with ConsumptionMode Queue; remove it'));
};

const bootstrapServers: Rule = ({ request: { SelfManagedEventSource: cluster } }) =>
  cluster === undefined || (cluster.Endpoints?.['KAFKA_BOOTSTRAP_SERVERS'] ?? []).length > 0
    ? none
    : problem(['SelfManagedEventSource', 'Endpoints'], 'must have KAFKA_BOOTSTRAP_SERVERS: a list of host:port');

const afterFunction: readonly Rule[] = [
  givesRequired,
  inOneRegion,
  bootstrapServers,
  waysOfAccess,
  provisionedOnly,
  pollerNumbers('kafka'),
  startingTime,
  queueMode,
  recordAge,
  destinationOfKafka,
  schemaRegistry,
  timeoutOfFunction,
  validPatterns,
];

/** What the rules of Kafka say to a request. */
export function kafkaRules(candidate: Candidate): Findings {
  return { beforeFunction: takes(candidate), afterFunction: afterFunction.flatMap((rule) => rule(candidate)) };
}
