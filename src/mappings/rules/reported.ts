import type { SourceType } from '../../contracts/source-description.js';
import type { ParameterName } from '../schema/request.js';

/** What a source reports of a parameter that was not given. Parameters that are not here are reported only when given. */
type Defaults = Readonly<Partial<Record<ParameterName, unknown>>>;

const stream: Defaults = {
  BatchSize: 100,
  MaximumBatchingWindowInSeconds: 0,
  ParallelizationFactor: 1,
  MaximumRecordAgeInSeconds: -1,
  MaximumRetryAttempts: -1,
  BisectBatchOnFunctionError: false,
  TumblingWindowInSeconds: 0,
  DestinationConfig: { OnFailure: {} },
  FunctionResponseTypes: [],
};
const kafka: Defaults = { BatchSize: 100, StartingPosition: 'TRIM_HORIZON' };
const broker: Defaults = { BatchSize: 100 };

/** What each source of AWS reports without having been told. */
export const reportedDefaults: Readonly<Record<SourceType, Defaults>> = {
  sqs: { BatchSize: 10, MaximumBatchingWindowInSeconds: 0, FunctionResponseTypes: [] },
  kinesis: stream,
  dynamodb: stream,
  msk: kafka,
  'self-managed-kafka': kafka,
  activemq: broker,
  rabbitmq: broker,
  documentdb: { BatchSize: 100 },
};

/** Why a mapping is in its state, where nobody but its user has changed it: AWS has two texts for it. */
export const transitionReasons: Readonly<Record<SourceType, string>> = {
  sqs: 'USER_INITIATED',
  kinesis: 'User action',
  dynamodb: 'User action',
  msk: 'USER_INITIATED',
  'self-managed-kafka': 'USER_INITIATED',
  activemq: 'USER_INITIATED',
  rabbitmq: 'USER_INITIATED',
  documentdb: 'User action',
};

/** Whether mappings of a source report what their newest call came to. */
export function reportsResults(type: SourceType): boolean {
  return type !== 'sqs';
}
