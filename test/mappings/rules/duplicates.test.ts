import { describe, expect, it } from 'vitest';
import { consumerGroupOf, duplicateError, isDuplicate } from '../../../src/mappings/rules/duplicates.js';
import { sourceTypes, type SourceType } from '../../../src/contracts/source-description.js';
import {
  brokerArn,
  clusterArn,
  fifoArn,
  madeOf,
  mskArn,
  queueArn,
  streamArn,
  tableStreamArn,
} from '../mapping-world.js';

type Given = Readonly<Record<string, unknown>>;

const from = (...servers: readonly string[]): Given => ({
  SelfManagedEventSource: { Endpoints: { KAFKA_BOOTSTRAP_SERVERS: servers } },
});
const documents = (DatabaseName: string, CollectionName?: string): Given => ({
  DocumentDBEventSourceConfig: { DatabaseName, CollectionName },
});
const reading = (block: 'AmazonManaged' | 'SelfManaged', ConsumerGroupId: string): Given => ({
  [`${block}KafkaEventSourceConfig`]: { ConsumerGroupId },
});
const areDuplicates = (type: SourceType, one: Given, other: Given): boolean =>
  isDuplicate(madeOf(type, one), madeOf(type, other));

describe('two mappings are the same to AWS', () => {
  it.each(sourceTypes)('of %s: with the same function and source, whatever else they have', (type) => {
    expect(areDuplicates(type, {}, { BatchSize: 1, Enabled: false })).toBe(true);
  });

  it.each(sourceTypes)('of %s: not with another function, version or alias', (type) => {
    for (const FunctionName of ['billing', 'worker:live', 'worker:1', 'worker:$LATEST']) {
      expect(areDuplicates(type, {}, { FunctionName })).toBe(false);
    }
    expect(areDuplicates(type, { FunctionName: 'worker:1' }, { FunctionName: 'worker:live' })).toBe(false);
  });

  it.each(sourceTypes)('of %s: with the same function, however it is written', (type) => {
    const FunctionName = 'arn:aws:lambda:us-east-1:111111111111:function:worker';
    expect(areDuplicates(type, {}, { FunctionName })).toBe(true);
  });

  const rows: readonly { type: SourceType; one?: Given; other: Given; same: boolean }[] = [
    { type: 'sqs', other: { EventSourceArn: fifoArn }, same: false },
    { type: 'kinesis', other: { StartingPosition: 'TRIM_HORIZON' }, same: true },
    { type: 'kinesis', other: { EventSourceArn: `${streamArn}/consumer/fan:1690000000` }, same: false },
    { type: 'dynamodb', other: { EventSourceArn: `${tableStreamArn}0` }, same: false },
    { type: 'msk', other: { Topics: ['other'] }, same: false },
    { type: 'msk', other: reading('AmazonManaged', 'others'), same: true },
    { type: 'self-managed-kafka', other: { Topics: ['other'] }, same: false },
    { type: 'self-managed-kafka', other: from('other:9092'), same: false },
    { type: 'self-managed-kafka', other: from('kafka:9093'), same: false },
    { type: 'self-managed-kafka', other: from('other:9092', 'kafka:9092'), same: true },
    { type: 'self-managed-kafka', one: from('a:1', 'b:1'), other: from('b:1', 'c:1'), same: true },
    { type: 'self-managed-kafka', other: reading('SelfManaged', 'others'), same: true },
    { type: 'activemq', other: { Queues: ['other'] }, same: false },
    { type: 'rabbitmq', other: { Queues: ['other'] }, same: false },
    { type: 'documentdb', other: documents('other'), same: false },
    { type: 'documentdb', other: documents('shop', 'orders'), same: false },
    { type: 'documentdb', one: documents('shop', 'orders'), other: documents('shop', 'carts'), same: false },
    { type: 'documentdb', one: documents('shop', 'orders'), other: documents('shop', 'orders'), same: true },
  ];
  it.each(rows)('of $type: $one and $other: $same', ({ type, one = {}, other, same }) => {
    expect(areDuplicates(type, one, other)).toBe(same);
    expect(areDuplicates(type, other, one)).toBe(same);
  });
});

const oneArn = (arn: string): string =>
  `The event source arn (" ${arn} ") and function (" worker ") provided mapping already exists.`;

describe('a duplicate is refused in the words that AWS has', () => {
  const worker = 'arn:aws:lambda:us-east-1:111111111111:function:worker:live';
  const rows = [
    {
      type: 'sqs',
      says: `An event source mapping with SQS arn (" ${queueArn} ") and function (" worker ") already exists.`,
    },
    { type: 'kinesis', says: oneArn(streamArn) },
    { type: 'dynamodb', says: oneArn(tableStreamArn) },
    {
      type: 'msk',
      says: `An event source mapping with event source arn ("${mskArn}"), function ("${worker}") and topics ("events") already exists.`,
    },
    {
      type: 'self-managed-kafka',
      given: from('kafka:1000', 'kafka:2000'),
      says: `An event source mapping with event source ("kafka:1000,kafka:2000"), function ("${worker}"), topics ("events") already exists.`,
    },
    { type: 'activemq', says: oneArn(brokerArn) },
    { type: 'rabbitmq', says: oneArn(brokerArn) },
    { type: 'documentdb', says: oneArn(clusterArn) },
  ] as const;
  it.each(rows)('for $type', ({ type, says, ...row }) => {
    const mapping = madeOf(type, { FunctionName: 'worker:live', ...('given' in row ? row.given : {}) });
    expect(duplicateError(mapping, { ...mapping, uuid: 'the-other' })).toEqual({
      status: 409,
      code: 'ResourceConflictException',
      message: `${says} Please update or delete the existing mapping with UUID the-other`,
    });
  });

  it('for every source', () => {
    expect(new Set(rows.map(({ type }) => type))).toEqual(new Set(sourceTypes));
  });
});

describe('the consumer group of a mapping', () => {
  it.each([
    { type: 'msk', given: reading('AmazonManaged', 'readers'), is: 'readers' },
    { type: 'self-managed-kafka', given: reading('SelfManaged', 'readers'), is: 'readers' },
    { type: 'msk', given: {}, is: undefined },
    { type: 'self-managed-kafka', given: { SelfManagedKafkaEventSourceConfig: {} }, is: undefined },
    { type: 'sqs', given: {}, is: undefined },
    { type: 'documentdb', given: {}, is: undefined },
  ] as const)('of $type with $given is $is', ({ type, given, is }) => {
    expect(consumerGroupOf(madeOf(type, given))).toBe(is);
  });
});
