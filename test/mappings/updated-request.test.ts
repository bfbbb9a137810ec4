import { describe, expect, it } from 'vitest';
import { fixedParameters, parameterNames } from '../../src/mappings/schema/parameters.js';
import { awsErrorOf, sentence } from '../../src/mappings/schema/problem.js';
import type { MappingInput } from '../../src/mappings/schema/request.js';
import { readUpdate } from '../../src/mappings/schema/update-body.js';
import { differingParameters, updatedRequest } from '../../src/mappings/updated-request.js';
import { invalid, leastOf, parsedOf, secret } from './mapping-world.js';

type Given = Readonly<Record<string, unknown>>;

const worker = (over: Given): MappingInput => ({ FunctionName: 'worker', ...over });

/** What is left of a mapping after the body of an update. */
function after(before: Given, body: Given): Given {
  const update = readUpdate(body);
  const result = update.ok ? updatedRequest(worker(before), update.value) : update;
  if (!result.ok) throw new Error(result.problems.map((problem) => sentence(problem)).join('\n'));
  const { FunctionName: _, ...rest } = result.value;
  return body['FunctionName'] === undefined ? rest : { ...result.value };
}

function refusal(before: Given, body: Given) {
  const update = readUpdate(body);
  const result = update.ok ? updatedRequest(worker(before), update.value) : update;
  return result.ok
    ? undefined
    : { says: result.problems.map((problem) => sentence(problem)), answer: awsErrorOf(result.problems) };
}

describe('an update', () => {
  const updates: Given = {
    FunctionName: 'billing',
    Enabled: false,
    BatchSize: 5,
    FilterCriteria: { Filters: [{ Pattern: '{"a":[1]}' }] },
    KMSKeyArn: 'arn:aws:kms:us-east-1:111111111111:key/k',
    MetricsConfig: { Metrics: ['EventCount'] },
    LoggingConfig: { SystemLogLevel: 'DEBUG' },
    ScalingConfig: { MaximumConcurrency: 2 },
    MaximumBatchingWindowInSeconds: 1,
    ParallelizationFactor: 2,
    DestinationConfig: { OnFailure: { Destination: 'arn:aws:s3:::failed-batches' } },
    MaximumRecordAgeInSeconds: 60,
    BisectBatchOnFunctionError: true,
    MaximumRetryAttempts: 0,
    TumblingWindowInSeconds: 1,
    SourceAccessConfigurations: [{ Type: 'BASIC_AUTH', URI: secret }],
    FunctionResponseTypes: ['ReportBatchItemFailures'],
    ProvisionedPollerConfig: { MinimumPollers: 2 },
    DocumentDBEventSourceConfig: { FullDocument: 'UpdateLookup' },
    AmazonManagedKafkaEventSourceConfig: { SchemaRegistryConfig: { SchemaRegistryURI: 'https://registry' } },
    SelfManagedKafkaEventSourceConfig: { SchemaRegistryConfig: { SchemaRegistryURI: 'https://registry' } },
  };
  it.each(Object.entries(updates))('changes %s', (name, value) => {
    const { FunctionName: _, ...others } = updates;
    expect(after({}, { [name]: value })).toEqual({ [name]: value });
    expect(after({ ...others, Tags: { a: 'b' } }, { [name]: value })).toEqual({
      ...others,
      Tags: { a: 'b' },
      [name]: value,
    });
  });

  const fixed: Given = {
    EventSourceArn: 'arn:aws:sqs:us-east-1:111111111111:other',
    SelfManagedEventSource: { Endpoints: { KAFKA_BOOTSTRAP_SERVERS: ['other:9092'] } },
    Topics: ['other'],
    Queues: ['other'],
    StartingPosition: 'LATEST',
    StartingPositionTimestamp: 5,
    Tags: { a: 'b' },
  };
  it.each(Object.entries(fixed))('leaves %s as it is, and does not look at it', (name, value) => {
    expect(after({ BatchSize: 5 }, { [name]: value })).toEqual({ BatchSize: 5 });
    expect(after({ [name]: 'as it was' }, { [name]: ['nonsense'], BatchSize: 5 })).toEqual({
      [name]: 'as it was',
      BatchSize: 5,
    });
  });

  it('does one or the other with every parameter', () => {
    expect(Object.keys(fixed)).toEqual(fixedParameters);
    expect(new Set([...Object.keys(updates), ...Object.keys(fixed)])).toEqual(new Set(parameterNames));
  });

  it.each([{}, { BatchSize: null }, { Nothing: 1 }])('keeps what it leaves out: %j', (body) => {
    expect(after({ BatchSize: 5, Enabled: false }, body)).toEqual({ BatchSize: 5, Enabled: false });
  });
});

describe('an update with an empty value', () => {
  const rows: readonly { before: Given; body: Given }[] = [
    { before: { FilterCriteria: { Filters: [{ Pattern: '{}' }] } }, body: { FilterCriteria: {} } },
    { before: { FilterCriteria: { Filters: [{ Pattern: '{}' }] } }, body: { FilterCriteria: { Filters: [] } } },
    { before: { ScalingConfig: { MaximumConcurrency: 2 } }, body: { ScalingConfig: {} } },
    { before: { ProvisionedPollerConfig: { MinimumPollers: 2 } }, body: { ProvisionedPollerConfig: {} } },
    {
      before: { DestinationConfig: { OnFailure: { Destination: 'arn:aws:s3:::failed-batches' } } },
      body: { DestinationConfig: { OnFailure: { Destination: '' } } },
    },
    { before: { KMSKeyArn: 'arn:aws:kms:us-east-1:111111111111:key/k' }, body: { KMSKeyArn: '' } },
    { before: { MetricsConfig: { Metrics: ['EventCount'] } }, body: { MetricsConfig: { Metrics: [] } } },
    { before: { FunctionResponseTypes: ['ReportBatchItemFailures'] }, body: { FunctionResponseTypes: [] } },
  ];
  it.each(rows)('clears: $body', ({ before, body }) => {
    expect(after(before, body)).toEqual(body);
  });
});

describe('an update of provisioned pollers', () => {
  const before = { ProvisionedPollerConfig: { MinimumPollers: 2, MaximumPollers: 5, PollerGroupName: 'shop' } };

  it.each([
    { given: { MaximumPollers: 9 }, is: { MinimumPollers: 2, MaximumPollers: 9, PollerGroupName: 'shop' } },
    { given: { PollerGroupName: '' }, is: { MinimumPollers: 2, MaximumPollers: 5, PollerGroupName: '' } },
    { given: {}, is: {} },
  ])('keeps what it leaves out, unless that is all: $given', ({ given, is }) => {
    expect(after(before, { ProvisionedPollerConfig: given })).toEqual({ ProvisionedPollerConfig: is });
  });
});

describe.each([
  { type: 'msk', block: 'AmazonManagedKafkaEventSourceConfig', name: 'amazonManagedKafkaEventSourceConfig' },
  { type: 'self-managed-kafka', block: 'SelfManagedKafkaEventSourceConfig', name: 'selfManagedKafkaEventSourceConfig' },
] as const)('an update of the Kafka block of $type', ({ type, block, name }) => {
  const registry = {
    SchemaRegistryURI: 'https://registry.example.com',
    EventRecordFormat: 'JSON',
    SchemaValidationConfigs: [{ Attribute: 'KEY' }],
  };
  const pollers = { ProvisionedPollerConfig: { MinimumPollers: 1 } };
  const before = {
    ...leastOf[type],
    ...pollers,
    [block]: { ConsumerGroupId: 'readers', SchemaRegistryConfig: registry },
  };
  const other = { ...registry, EventRecordFormat: 'SOURCE' };

  it.each(['readers', 'others'])('cannot name the consumer group, even where it stays: %s', (ConsumerGroupId) => {
    expect(refusal(before, { [block]: { ConsumerGroupId } })).toEqual({
      says: [`${block}.ConsumerGroupId cannot be changed; leave it out`],
      answer: invalid(`Unsupported '${name}.consumerGroupId' parameter for given event source mapping type.`),
    });
  });

  const rows: readonly { when: string; body: Given; is: Given }[] = [
    { when: 'the block is left out', body: { BatchSize: 5 }, is: { BatchSize: 5 } },
    { when: 'the block is empty', body: { [block]: {} }, is: {} },
    {
      when: 'the registry is another',
      body: { [block]: { SchemaRegistryConfig: other } },
      is: { [block]: { ConsumerGroupId: 'readers', SchemaRegistryConfig: other } },
    },
    {
      when: 'the registry is empty, which removes it',
      body: { [block]: { SchemaRegistryConfig: {} } },
      is: { [block]: { ConsumerGroupId: 'readers' } },
    },
  ];
  it.each(rows)('has its effect when $when', ({ body, is }) => {
    expect(after(before, body)).toEqual({ ...before, ...is });
  });

  it('has to have all of a registry', () => {
    const changed = after(before, { [block]: { SchemaRegistryConfig: { EventRecordFormat: 'SOURCE' } } });
    expect(parsedOf(type, changed)).toMatchObject({
      ok: false,
      problems: ['SchemaRegistryURI', 'SchemaValidationConfigs'].map((member) => ({
        path: [block, 'SchemaRegistryConfig', member],
      })),
    });
  });

  it('and its pollers cannot be removed while it has a registry', () => {
    const says = 'ProvisionedPollerConfig cannot be removed from a mapping that has a schema registry';
    const none = { ProvisionedPollerConfig: {} };
    for (const kept of [{}, { [block]: {} }, { [block]: { SchemaRegistryConfig: other } }]) {
      expect(refusal(before, { ...none, ...kept })?.says).toEqual([says]);
    }
    expect(after(before, { ...none, [block]: { SchemaRegistryConfig: {} } })).toMatchObject(none);
    expect(after({ ...leastOf[type], ...pollers }, none)).toMatchObject(none);
  });
});

describe('an update of a mapping that has no Kafka block', () => {
  it('is refused by its source, even when the block is empty', () => {
    const changed = after(leastOf.sqs, { SelfManagedKafkaEventSourceConfig: {} });
    expect(parsedOf('sqs', changed)).toMatchObject({
      ok: false,
      problems: [{ path: ['SelfManagedKafkaEventSourceConfig'] }],
    });
  });
});

describe('an update cannot change', () => {
  it.each(['Stream', 'Queue'])('how a topic is consumed: %s', (ConsumptionMode) => {
    expect(refusal({}, { SelfManagedKafkaEventSourceConfig: { ConsumptionMode } })?.answer).toEqual(
      invalid(
        "Unsupported 'selfManagedKafkaEventSourceConfig.consumptionMode' parameter for given event source mapping type.",
      ),
    );
  });

  const password = { Type: 'BASIC_AUTH', URI: secret };
  const host = { Type: 'VIRTUAL_HOST', URI: '/shop' };
  const before = { SourceAccessConfigurations: [password, host] };

  it('a virtual host, and may not even name it', () => {
    expect(refusal(before, { SourceAccessConfigurations: [password, host] })).toEqual({
      says: [
        'SourceAccessConfigurations[1].Type must not be VIRTUAL_HOST in an update: a mapping keeps its virtual host',
      ],
      answer: invalid('Invalid parameters: VIRTUAL_HOST'),
    });
  });

  it('a virtual host by leaving it out', () => {
    const other = { ...password, URI: `${secret}-2` };
    expect(after(before, { SourceAccessConfigurations: [other] })).toEqual({
      SourceAccessConfigurations: [other, host],
    });
  });

  const shop = { DocumentDBEventSourceConfig: { DatabaseName: 'shop', CollectionName: 'orders' } };
  it.each([
    { given: { DatabaseName: 'other' }, invalidOnes: 'databaseName' },
    { given: { CollectionName: 'other' }, invalidOnes: 'collectionName' },
    { given: { DatabaseName: 'other', CollectionName: 'other' }, invalidOnes: 'collectionName, databaseName' },
  ])('what is read of DocumentDB: $given', ({ given, invalidOnes }) => {
    expect(refusal(shop, { DocumentDBEventSourceConfig: given })?.answer).toEqual(
      invalid(`Invalid parameters: ${invalidOnes}`),
    );
  });

  it.each([{ FullDocument: 'UpdateLookup' }, { FullDocument: 'UpdateLookup', DatabaseName: 'shop' }])(
    'but it can change how documents come: %j',
    (given) => {
      expect(after(shop, { DocumentDBEventSourceConfig: given })).toEqual({
        DocumentDBEventSourceConfig: { DatabaseName: 'shop', CollectionName: 'orders', FullDocument: 'UpdateLookup' },
      });
    },
  );
});

describe('parameters in which two mappings differ', () => {
  it.each([
    { one: {}, other: {}, differ: [] },
    { one: { BatchSize: 5 }, other: { BatchSize: 5 }, differ: [] },
    { one: { BatchSize: 5 }, other: { BatchSize: 6 }, differ: ['BatchSize'] },
    { one: { BatchSize: 5 }, other: { Enabled: true }, differ: ['BatchSize', 'Enabled'] },
    { one: { Topics: ['a'] }, other: { Topics: ['a'] }, differ: [] },
    { one: { FilterCriteria: {} }, other: { FilterCriteria: { Filters: [] } }, differ: ['FilterCriteria'] },
    { one: { BatchSize: undefined }, other: {}, differ: [] },
  ])('$one and $other: $differ', ({ one, other, differ }) => {
    expect(differingParameters(worker(one), worker(other))).toEqual(differ);
  });
});
