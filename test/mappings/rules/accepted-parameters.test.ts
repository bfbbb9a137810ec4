import { describe, expect, it } from 'vitest';
import { sourceTypes, type SourceType } from '../../../src/contracts/source-description.js';
import type { AwsError } from '../../../src/mappings/schema/problem.js';
import { guideRows } from './guide-table.js';
import { invalid, mskArn, queueArn, refusalOf, secret, sentencesOf, servers } from '../mapping-world.js';

type Given = Readonly<Record<string, unknown>>;

/** A value of every parameter that asks for something. */
const used: Given = {
  FunctionName: 'worker',
  Enabled: false,
  BatchSize: 5,
  MaximumBatchingWindowInSeconds: 1,
  StartingPosition: 'TRIM_HORIZON',
  StartingPositionTimestamp: 1_700_000_000,
  FilterCriteria: { Filters: [{ Pattern: '{"a":[1]}' }] },
  KMSKeyArn: 'arn:aws:kms:us-east-1:111111111111:key/k',
  FunctionResponseTypes: ['ReportBatchItemFailures'],
  ScalingConfig: { MaximumConcurrency: 2 },
  ProvisionedPollerConfig: { MinimumPollers: 2 },
  ParallelizationFactor: 2,
  BisectBatchOnFunctionError: true,
  MaximumRecordAgeInSeconds: 60,
  MaximumRetryAttempts: 0,
  TumblingWindowInSeconds: 1,
  DestinationConfig: { OnFailure: { Destination: 'arn:aws:sqs:us-east-1:111111111111:failures' } },
  Topics: ['events'],
  Queues: ['jobs'],
  SelfManagedEventSource: servers,
  SourceAccessConfigurations: [{ Type: 'CLIENT_CERTIFICATE_TLS_AUTH', URI: secret }],
  AmazonManagedKafkaEventSourceConfig: { ConsumerGroupId: 'readers' },
  SelfManagedKafkaEventSourceConfig: { ConsumerGroupId: 'readers' },
  DocumentDBEventSourceConfig: { DatabaseName: 'shop' },
  MetricsConfig: { Metrics: ['EventCount'] },
  LoggingConfig: { SystemLogLevel: 'INFO' },
  Tags: { team: 'shop' },
};

/** Something that says of a parameter that it is not used. */
const unused: Given = {
  FunctionResponseTypes: [],
  BisectBatchOnFunctionError: false,
  MaximumRecordAgeInSeconds: -1,
  MaximumRetryAttempts: -1,
  MetricsConfig: { Metrics: [] },
  LoggingConfig: {},
};

const withPollers = { ProvisionedPollerConfig: { MinimumPollers: 1 } };

/** AWS quotes the names of parameters of Kafka, and not those of SQS. */
const quoted: readonly SourceType[] = ['msk', 'self-managed-kafka', 'activemq', 'rabbitmq', 'documentdb'];
const lowerFirst = (name: string): string => name.charAt(0).toLowerCase() + name.slice(1);
const unsupported = (name: string, type: SourceType): AwsError =>
  invalid(
    `Unsupported ${quoted.includes(type) ? `'${lowerFirst(name)}'` : name} parameter for given event source mapping type.`,
  );
const required = (name: string): AwsError => invalid(`Required '${lowerFirst(name)}' parameter is missing.`);

const noPosition = invalid(
  "1 validation error detected: Value null at 'startingPosition' failed to satisfy constraint: Member must not be null.",
);
const noFunction = {
  status: 400,
  code: 'ValidationException',
  message:
    "1 validation error detected: Value null at 'functionName' failed to satisfy constraint: Member must not be null",
};
/** What AWS says of a missing parameter, where that is not what it says of most. */
const missing: Readonly<Record<string, unknown>> = {
  FunctionName: noFunction,
  EventSourceArn: invalid('Unrecognized event source.'),
  SelfManagedEventSource: invalid('Unrecognized event source.'),
  StartingPosition: noPosition,
};

const given = (name: string): Given => ({ [name]: used[name] });

/** With what it cannot be without; most sources are entered with a password, which is in every request. */
function accepted(name: string, type: SourceType): Given {
  if (name === 'SourceAccessConfigurations' && type !== 'msk') return {};
  return name === 'StartingPositionTimestamp' ? { ...given(name), StartingPosition: 'AT_TIMESTAMP' } : given(name);
}

const cells = guideRows.flatMap(([name, ...row]) =>
  sourceTypes.map((type, column) => ({ name, type, letter: row[column] ?? '' })),
);
const cellsOf = (letter: string) => cells.filter((cell) => cell.letter === letter);
const isArnOfKafka = ({ name, type }: { readonly name: string; readonly type: SourceType }): boolean =>
  name === 'EventSourceArn' && type === 'self-managed-kafka';

describe('a parameter is accepted', () => {
  it.each(cellsOf('x'))('$name of $type', ({ name, type }) => {
    expect(used).toHaveProperty(name);
    expect(sentencesOf(type, accepted(name, type))).toEqual([]);
  });
});

describe('a parameter is required', () => {
  it.each(cellsOf('R'))('$name of $type', ({ name, type }) => {
    expect(sentencesOf(type)).toEqual([]);
    expect(refusalOf(type, { [name]: undefined })).toEqual(missing[name] ?? required(name));
  });

  it('also when its list is empty', () => {
    expect(refusalOf('activemq', { SourceAccessConfigurations: [] })).toEqual(required('SourceAccessConfigurations'));
    expect(refusalOf('msk', { SourceAccessConfigurations: [] })).toBeUndefined();
  });
});

describe('a parameter is refused', () => {
  it.each(cellsOf('-').filter((cell) => !isArnOfKafka(cell)))('$name of $type', ({ name, type }) => {
    expect(refusalOf(type, given(name))).toEqual(unsupported(name, type));
  });

  it.each([
    { type: 'sqs', over: { BisectBatchOnFunctionError: false } },
    { type: 'kinesis', over: { ScalingConfig: {} } },
    { type: 'activemq', over: { MaximumRetryAttempts: -1 } },
    { type: 'documentdb', over: { FilterCriteria: {} } },
  ] as const)('of $type even when it asks for nothing: $over', ({ type, over }) => {
    const [name = ''] = Object.keys(over);
    expect(refusalOf(type, over)).toEqual(unsupported(name, type));
  });

  it('when there are both an ARN and servers: the ARN says what the source is', () => {
    const both = { SelfManagedEventSource: servers };
    expect(refusalOf('msk', both)).toEqual(unsupported('SelfManagedEventSource', 'msk'));
    expect(refusalOf('self-managed-kafka', { EventSourceArn: mskArn })).toEqual(
      unsupported('SelfManagedEventSource', 'msk'),
    );
    expect(refusalOf('sqs', both)).toEqual(unsupported('SelfManagedEventSource', 'sqs'));
  });

  it.each(['kinesis', 'dynamodb', 'msk', 'self-managed-kafka'] as const)(
    'a destination of %s for what succeeded',
    (type) => {
      const over = { DestinationConfig: { OnSuccess: { Destination: queueArn } } };
      expect(refusalOf(type, over)).toEqual(unsupported('DestinationConfig', type));
      expect(refusalOf(type, { ...over, FunctionName: 'nobody' })).toEqual(unsupported('DestinationConfig', type));
    },
  );
});

describe('a parameter needs provisioned mode', () => {
  it.each(cellsOf('p'))('$name of $type', ({ name, type }) => {
    const mappings = type === 'msk' ? 'Amazon MSK mappings' : 'self-managed Kafka mappings';
    const says = `${name} needs provisioned mode in ${mappings}; set ProvisionedPollerConfig, or remove it`;
    expect(sentencesOf(type, given(name))).toEqual([says]);
    expect(refusalOf(type, given(name))).toEqual(invalid(says));
    expect(sentencesOf(type, { ...given(name), ProvisionedPollerConfig: {} })).toEqual([says]);
    expect(sentencesOf(type, { ...given(name), ...withPollers })).toEqual([]);
  });

  it.each(cellsOf('p'))('$name of $type does not when it asks for nothing', ({ name, type }) => {
    expect(unused).toHaveProperty(name);
    expect(sentencesOf(type, { [name]: unused[name] })).toEqual([]);
  });

  it.each([{ MinimumPollers: 1 }, { MaximumPollers: 1 }, { PollerGroupName: 'shop' }])(
    'which any setting of it asks for: %j',
    (ProvisionedPollerConfig) => {
      expect(sentencesOf('msk', { MaximumRetryAttempts: 1, ProvisionedPollerConfig })).toEqual([]);
    },
  );

  it('and is not told of when the pollers themselves are wrong', () => {
    const over = { MaximumRetryAttempts: 1, ProvisionedPollerConfig: { MinimumPollers: 0 } };
    expect(sentencesOf('msk', over)).toEqual([
      'ProvisionedPollerConfig.MinimumPollers must be a whole number from 1 to 200, got 0',
    ]);
  });
});
