import { describe, expect, it } from 'vitest';
import { parseMapping, type MappingWorld } from '../../../src/mappings/parse-mapping.js';
import { sentence } from '../../../src/mappings/schema/problem.js';
import { apiWorld, brokerArn, clusterArn, fifoArn, leastOf, mskArn, servers } from '../mapping-world.js';

type Given = Readonly<Record<string, unknown>>;

const fileWorld: MappingWorld = { ...apiWorld, caller: 'file' };
const says = (given: Given, world: MappingWorld): readonly string[] => {
  const parsed = parseMapping({ FunctionName: 'worker', ...given }, world);
  return parsed.ok ? parsed.value.notices : parsed.problems.map((problem) => sentence(problem));
};
const table = { ...leastOf.dynamodb, EventSourceArn: 'arn:aws:dynamodb:us-east-1:111111111111:table/items' };

describe('a file and a caller of the API are told the same', () => {
  const rows: readonly Given[] = [
    ...[leastOf.sqs, leastOf.kinesis, leastOf.dynamodb].flatMap((least) => [
      least,
      { ...least, FunctionName: 'nobody' },
      { ...least, FunctionName: 'longer' },
      { ...least, EventSourceArn: 'arn:aws:ec2:us-east-1:111111111111:instance/i' },
      { ...least, EventSourceArn: 'arn:millrace:nobody:us-east-1:111111111111:x' },
      { ...least, BatchSize: 0 },
      { ...least, BatchSize: 11 },
      { ...least, MaximumBatchingWindowInSeconds: 301, BatchSize: 500 },
      { ...least, FilterCriteria: { Filters: [{ Pattern: '{"a":[]}' }, {}] } },
      { ...least, MetricsConfig: { Metrics: ['KafkaMetrics'] } },
      { ...least, ScalingConfig: { MaximumConcurrency: 2 }, ProvisionedPollerConfig: { MinimumPollers: 1 } },
      { ...least, StartingPosition: 'AT_TIMESTAMP', StartingPositionTimestamp: '2030-01-01' },
      { ...least, MaximumRecordAgeInSeconds: 5, TumblingWindowInSeconds: 5, ParallelizationFactor: 2 },
      { ...least, DestinationConfig: { OnFailure: { Destination: fifoArn }, OnSuccess: {} } },
      { ...least, Queues: ['q'], Topics: ['events'], SelfManagedEventSource: servers },
      { ...least, KMSKeyArn: 'arn:aws:kms:us-east-1:111111111111:key/k' },
    ]),
    {},
    { EventSourceArn: fifoArn, BatchSize: 11, MaximumBatchingWindowInSeconds: 1 },
  ];
  it.each(rows)('of %j', (given) => {
    expect(says(given, apiWorld)).toEqual(says(given, fileWorld));
  });
});

describe('only a file', () => {
  it('is told of unknown keys, and that null is no value', () => {
    const given = { ...leastOf.sqs, Batchsize: 5, BatchSize: null };
    expect(says(given, apiWorld)).toEqual([]);
    expect(says(given, fileWorld)).toHaveLength(2);
  });

  it('may name a table in place of its stream', () => {
    expect(says(table, fileWorld)).toEqual([]);
    expect(says(table, apiWorld)).toEqual([
      'EventSourceArn must be the ARN of a stream, not of a table: …/stream/<label>, got "arn:aws:dynamodb:us-east-1:111111111111:table/items"',
    ]);
  });

  it.each([
    ['EventSourceArn', { ...leastOf.msk, EventSourceArn: mskArn }],
    ['EventSourceArn', { ...leastOf.activemq, EventSourceArn: brokerArn }],
    ['EventSourceArn', { ...leastOf.documentdb, EventSourceArn: clusterArn }],
    ['SelfManagedEventSource', leastOf['self-managed-kafka']],
  ])('cannot use what this version does not poll: %s of %j', (name, given) => {
    expect(says(given, apiWorld)).toEqual([]);
    expect(says(given, fileWorld)).toEqual([expect.stringMatching(new RegExp(`^${name} cannot be used: `))]);
  });
});
