import type { SourceType } from '../../contracts/source-description.js';
import { brokerRules } from './broker-rules.js';
import { documentDbRules } from './documentdb-rules.js';
import { kafkaRules } from './kafka-rules.js';
import { queueRules } from './queue-rules.js';
import type { Candidate, Findings } from './rules.js';
import { streamRules } from './stream-rules.js';

/** The rules of each source of AWS. */
export const rulesOfType: Readonly<Record<SourceType, (candidate: Candidate) => Findings>> = {
  sqs: queueRules,
  kinesis: streamRules,
  dynamodb: streamRules,
  msk: kafkaRules,
  'self-managed-kafka': kafkaRules,
  activemq: brokerRules,
  rabbitmq: brokerRules,
  documentdb: documentDbRules,
};
