import { describe, expect, it } from 'vitest';
import { problemsOf } from '../../../src/mappings/schema/fields.js';
import { awsErrorOf, sentence } from '../../../src/mappings/schema/problem.js';
import { requestFields } from '../../../src/mappings/schema/request-fields.js';
import { mappingSchema } from '../../../src/mappings/schema/request-schema.js';

type Given = Readonly<Record<string, unknown>>;

const problems = (given: Given) => problemsOf(mappingSchema, requestFields({ FunctionName: 'f', ...given }));
const answer = (given: Given) => awsErrorOf(problems(given));

const invalid = (message: string) => ({ status: 400, code: 'ValidationException', message });
const unreadable = (message: string) => ({ status: 400, code: 'SerializationException', message });

/** What is sent, the value as AWS shows it, where AWS sees it, and the constraint. */
type Row = readonly [given: Given, shown: string, at: string, constraint: string];

const least = (min: number): string => `Member must have value greater than or equal to ${min}`;
const most = (max: number): string => `Member must have value less than or equal to ${max}`;
const longer = (min: number): string => `Member must have length greater than or equal to ${min}`;
const shorter = (max: number): string => `Member must have length less than or equal to ${max}`;
const like = (pattern: string): string => `Member must satisfy regular expression pattern: ${pattern}`;
const oneOf = (...values: readonly string[]): string => `Member must satisfy enum value set: [${values.join(', ')}]`;
const each = (...constraints: readonly string[]): string =>
  `Member must satisfy constraint: [${constraints.join(', ')}]`;
const keys = (...constraints: readonly string[]): string =>
  `Map keys must satisfy constraint: [${constraints.join(', ')}]`;
const values = (...constraints: readonly string[]): string =>
  `Map value must satisfy constraint: [${constraints.join(', ')}]`;

const violating = ([, shown, at, constraint]: Row) =>
  invalid(`1 validation error detected: Value '${shown}' at '${at}' failed to satisfy constraint: ${constraint}`);

// Patterns as the service model has them.
const functionName = String.raw`(arn:(aws[a-zA-Z-]*)?:lambda:)?([a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:)?(\d{12}:)?(function:)?([a-zA-Z0-9-_\.]+)(:(\$LATEST(\.PUBLISHED)?|[a-zA-Z0-9-_]+))?`;
const arn = String.raw`arn:(aws[a-zA-Z0-9-]*):([a-zA-Z0-9\-])+:([a-z]{2}(-gov)?-[a-z]+-\d{1})?:(\d{12})?:(.*)`;
const destination = String.raw`$|kafka://([^.]([a-zA-Z0-9\-_.]{0,248}))|arn:(aws[a-zA-Z0-9-]*):([a-zA-Z0-9\-])+:([a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1})?:(\d{12})?:(.*)`;
const endpoint = String.raw`(([a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9\-]*[a-zA-Z0-9])\.)*([A-Za-z0-9]|[A-Za-z0-9][A-Za-z0-9\-]*[A-Za-z0-9]):[0-9]{1,5}`;
const uri = String.raw`[ a-zA-Z0-9-\/*:_+=.@-]*`;

const long = (length: number): string => 'a'.repeat(length);
const onFailure = (Destination: string): Given => ({ DestinationConfig: { OnFailure: { Destination } } });
const access = (URI: string): Given => ({ SourceAccessConfigurations: [{}, { URI }] });
const docs = (config: Given): Given => ({ DocumentDBEventSourceConfig: config });
const ofKafka = (config: Given): Given => ({ SelfManagedKafkaEventSourceConfig: config });
const ofMsk = (config: Given): Given => ({ AmazonManagedKafkaEventSourceConfig: config });
const inRegistry = (config: Given): Given => ofMsk({ SchemaRegistryConfig: config });
const tagged = (count: number): Given => ({
  Tags: Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, 'v'])),
});

describe('a number out of its range is refused as AWS refuses it', () => {
  const numbers: readonly Row[] = [
    [{ BatchSize: 0 }, '0', 'batchSize', least(1)],
    [{ BatchSize: 10_001 }, '10001', 'batchSize', most(10_000)],
    [{ MaximumBatchingWindowInSeconds: -1 }, '-1', 'maximumBatchingWindowInSeconds', least(0)],
    [{ MaximumBatchingWindowInSeconds: 301 }, '301', 'maximumBatchingWindowInSeconds', most(300)],
    [{ ParallelizationFactor: 0 }, '0', 'parallelizationFactor', least(1)],
    [{ ParallelizationFactor: 11 }, '11', 'parallelizationFactor', most(10)],
    [{ MaximumRecordAgeInSeconds: -2 }, '-2', 'maximumRecordAgeInSeconds', least(-1)],
    [{ MaximumRecordAgeInSeconds: 604_801 }, '604801', 'maximumRecordAgeInSeconds', most(604_800)],
    [{ MaximumRetryAttempts: -2 }, '-2', 'maximumRetryAttempts', least(-1)],
    [{ MaximumRetryAttempts: 10_001 }, '10001', 'maximumRetryAttempts', most(10_000)],
    [{ TumblingWindowInSeconds: -1 }, '-1', 'tumblingWindowInSeconds', least(0)],
    [{ TumblingWindowInSeconds: 901 }, '901', 'tumblingWindowInSeconds', most(900)],
    [{ ScalingConfig: { MaximumConcurrency: 1 } }, '1', 'scalingConfig.maximumConcurrency', least(2)],
    [{ ScalingConfig: { MaximumConcurrency: 1_001 } }, '1001', 'scalingConfig.maximumConcurrency', most(1_000)],
    [{ ProvisionedPollerConfig: { MinimumPollers: 0 } }, '0', 'provisionedPollerConfig.minimumPollers', least(1)],
    [{ ProvisionedPollerConfig: { MinimumPollers: 201 } }, '201', 'provisionedPollerConfig.minimumPollers', most(200)],
    [{ ProvisionedPollerConfig: { MaximumPollers: 0 } }, '0', 'provisionedPollerConfig.maximumPollers', least(1)],
    [
      { ProvisionedPollerConfig: { MaximumPollers: 10_001 } },
      '10001',
      'provisionedPollerConfig.maximumPollers',
      most(10_000),
    ],
  ];
  it.each(numbers)('%j', (...row) => {
    expect(answer(row[0])).toEqual(violating(row));
  });
});

describe('a text of the wrong length or form is refused as AWS refuses it', () => {
  const cut = `${long(256)}…`;
  const kafka = 'selfManagedKafkaEventSourceConfig';
  const registry = (config: Given): Given => ofKafka({ SchemaRegistryConfig: config });

  const texts: readonly Row[] = [
    [{ FunctionName: long(257) }, cut, 'functionName', shorter(256)],
    [{ FunctionName: 'a b' }, 'a b', 'functionName', like(functionName)],
    [{ EventSourceArn: 'orders' }, 'orders', 'eventSourceArn', like(arn)],
    [{ EventSourceArn: '' }, '', 'eventSourceArn', like(arn)],
    [
      { FilterCriteria: { Filters: [{ Pattern: long(4_097) }] } },
      cut,
      'filterCriteria.filters.1.member.pattern',
      shorter(4_096),
    ],
    [{ KMSKeyArn: 'key' }, 'key', 'kMSKeyArn', like('(arn:(aws[a-zA-Z-]*)?:[a-z0-9-.]+:.*)|()')],
    [
      { ProvisionedPollerConfig: { PollerGroupName: long(129) } },
      long(129),
      'provisionedPollerConfig.pollerGroupName',
      shorter(128),
    ],
    [
      { ProvisionedPollerConfig: { PollerGroupName: 'a b' } },
      'a b',
      'provisionedPollerConfig.pollerGroupName',
      like('[a-zA-Z0-9-_]*'),
    ],
    [
      onFailure(`arn:aws:s3:::${long(350)}`),
      `arn:aws:s3:::${long(243)}…`,
      'destinationConfig.onFailure.destination',
      shorter(350),
    ],
    [onFailure('failures'), 'failures', 'destinationConfig.onFailure.destination', like(destination)],
    [onFailure('kafka://.f'), 'kafka://.f', 'destinationConfig.onFailure.destination', like(destination)],
    [
      { DestinationConfig: { OnSuccess: { Destination: 'x' } } },
      'x',
      'destinationConfig.onSuccess.destination',
      like(destination),
    ],
    [access(long(201)), long(201), 'sourceAccessConfigurations.2.member.uRI', shorter(200)],
    [access(''), '', 'sourceAccessConfigurations.2.member.uRI', longer(1)],
    [access('a?'), 'a?', 'sourceAccessConfigurations.2.member.uRI', like(uri)],
    [ofKafka({ ConsumerGroupId: long(201) }), long(201), `${kafka}.consumerGroupId`, shorter(200)],
    [ofKafka({ ConsumerGroupId: '' }), '', `${kafka}.consumerGroupId`, longer(1)],
    [ofKafka({ ConsumerGroupId: 'ä' }), 'ä', `${kafka}.consumerGroupId`, like(uri)],
    [ofMsk({ ConsumerGroupId: '' }), '', 'amazonManagedKafkaEventSourceConfig.consumerGroupId', longer(1)],
    [
      registry({ SchemaRegistryURI: long(10_001) }),
      cut,
      `${kafka}.schemaRegistryConfig.schemaRegistryURI`,
      shorter(10_000),
    ],
    [registry({ SchemaRegistryURI: '' }), '', `${kafka}.schemaRegistryConfig.schemaRegistryURI`, longer(1)],
    [
      registry({ SchemaRegistryURI: 'a b' }),
      'a b',
      `${kafka}.schemaRegistryConfig.schemaRegistryURI`,
      like(String.raw`[a-zA-Z0-9-\/*:_+=.@-]*`),
    ],
    [
      registry({ AccessConfigs: [{ URI: 'secret' }] }),
      'secret',
      `${kafka}.schemaRegistryConfig.accessConfigs.1.member.uRI`,
      like(arn),
    ],
    [docs({ DatabaseName: long(64) }), long(64), 'documentDBEventSourceConfig.databaseName', shorter(63)],
    [docs({ DatabaseName: '' }), '', 'documentDBEventSourceConfig.databaseName', longer(1)],
    [docs({ DatabaseName: 'a.b' }), 'a.b', 'documentDBEventSourceConfig.databaseName', like(String.raw`[^ /\.$\x22]*`)],
    [docs({ CollectionName: long(58) }), long(58), 'documentDBEventSourceConfig.collectionName', shorter(57)],
    [
      docs({ CollectionName: 'system.x' }),
      'system.x',
      'documentDBEventSourceConfig.collectionName',
      like(String.raw`(^(?!(system\x2e)))(^[_a-zA-Z0-9])([^$]*)`),
    ],
  ];
  it.each(texts)('%j', (...row) => {
    expect(answer(row[0])).toEqual(violating(row));
  });

  it.each([
    { EventSourceArn: 'arn:millrace:lines:us-east-1:000000000000:x' },
    { EventSourceArn: 'arn:aws:dynamodb:ddblocal:000000000000:table/items' },
    { FunctionName: 'arn:aws:lambda:ddblocal:000000000000:function:f:live' },
    { FunctionName: '000000000000:function:f' },
    onFailure(''),
    onFailure('kafka://failures'),
    onFailure('arn:aws:sqs:elasticmq:000000000000:failures'),
    { KMSKeyArn: '' },
    access('scope one two'),
    { FilterCriteria: { Filters: [{ Pattern: '{\n"a": [1]\n}' }] } },
  ])('but not %j', (given) => {
    expect(problems(given)).toEqual([]);
  });
});

describe('a value that is none of a set is refused as AWS refuses it', () => {
  const registry = 'amazonManagedKafkaEventSourceConfig.schemaRegistryConfig';
  const sets: readonly Row[] = [
    [{ StartingPosition: 'x' }, 'x', 'startingPosition', oneOf('LATEST', 'AT_TIMESTAMP', 'TRIM_HORIZON')],
    [
      { SourceAccessConfigurations: [{ Type: 'x' }] },
      'x',
      'sourceAccessConfigurations.1.member.type',
      oneOf(
        'BASIC_AUTH, VPC_SUBNET, VPC_SECURITY_GROUP, SASL_SCRAM_512_AUTH, SASL_SCRAM_256_AUTH, VIRTUAL_HOST',
        'CLIENT_CERTIFICATE_TLS_AUTH, SERVER_ROOT_CA_CERTIFICATE, OAUTHBEARER_AUTH, OAUTHBEARER_SCOPE',
        'OAUTHBEARER_AUDIENCE, OAUTHBEARER_LOGICAL_CLUSTER, OAUTHBEARER_IDENTITY_POOL, IAM_AUTH, IAM_OAUTHBEARER_AUTH',
      ),
    ],
    [
      ofKafka({ ConsumptionMode: 'x' }),
      'x',
      'selfManagedKafkaEventSourceConfig.consumptionMode',
      oneOf('Stream', 'Queue'),
    ],
    [inRegistry({ EventRecordFormat: 'x' }), 'x', `${registry}.eventRecordFormat`, oneOf('JSON', 'SOURCE')],
    [
      inRegistry({ AccessConfigs: [{ Type: 'x' }] }),
      'x',
      `${registry}.accessConfigs.1.member.type`,
      oneOf('BASIC_AUTH', 'CLIENT_CERTIFICATE_TLS_AUTH', 'SERVER_ROOT_CA_CERTIFICATE', 'OAUTHBEARER_AUTH'),
    ],
    [
      inRegistry({ SchemaValidationConfigs: [{}, { Attribute: 'x' }] }),
      'x',
      `${registry}.schemaValidationConfigs.2.member.attribute`,
      oneOf('KEY', 'VALUE'),
    ],
    [docs({ FullDocument: 'x' }), 'x', 'documentDBEventSourceConfig.fullDocument', oneOf('UpdateLookup', 'Default')],
    [{ LoggingConfig: { SystemLogLevel: 'x' } }, 'x', 'loggingConfig.systemLogLevel', oneOf('DEBUG', 'INFO', 'WARN')],
  ];
  it.each(sets)('%j', (...row) => {
    expect(answer(row[0])).toEqual(violating(row));
  });
});

describe('a list or a map is refused as AWS refuses it', () => {
  const topic = each(shorter(249), longer(1), like(String.raw`[^.]([a-zA-Z0-9\-_.]+)`));
  const queue = each(shorter(1_000), longer(1));
  const servers = values(shorter(10), longer(1), each(shorter(300), longer(1), like(endpoint)));
  const tag = like(String.raw`^([\p{L}\p{Z}\p{N}_.:/=+\-@]*)$`);
  const metrics = each(oneOf('EventCount', 'ErrorCount', 'KafkaMetrics'));
  const endpoints = (Endpoints: Given): Given => ({ SelfManagedEventSource: { Endpoints } });
  const of = (servers: readonly string[]): Given => endpoints({ KAFKA_BOOTSTRAP_SERVERS: servers });
  const eleven = Array.from({ length: 11 }, () => 'a:1');

  const collections: readonly Row[] = [
    [{ FunctionResponseTypes: ['foo'] }, '[foo]', 'functionResponseTypes', each(oneOf('ReportBatchItemFailures'))],
    [
      { FunctionResponseTypes: ['ReportBatchItemFailures', 'ReportBatchItemFailures'] },
      '[ReportBatchItemFailures, ReportBatchItemFailures]',
      'functionResponseTypes',
      shorter(1),
    ],
    [{ Topics: [] }, '[]', 'topics', longer(1)],
    [{ Topics: ['ab', 'cd'] }, '[ab, cd]', 'topics', shorter(1)],
    [{ Topics: ['.a'] }, '[.a]', 'topics', topic],
    [{ Queues: [] }, '[]', 'queues', longer(1)],
    [{ Queues: ['a', 'b'] }, '[a, b]', 'queues', shorter(1)],
    [{ Queues: [''] }, '[]', 'queues', queue],
    [{ MetricsConfig: { Metrics: ['EventCount', 'x'] } }, '[EventCount, x]', 'metricsConfig.metrics', metrics],
    [
      { MetricsConfig: { Metrics: ['EventCount', 'EventCount', 'EventCount', 'EventCount'] } },
      '[EventCount, EventCount, EventCount, EventCount]',
      'metricsConfig.metrics',
      shorter(3),
    ],
    [
      { FilterCriteria: { Filters: Array.from({ length: 11 }, () => ({ Pattern: '{}' })) } },
      `[${Array.from({ length: 11 }, () => '{Pattern={}}').join(', ')}]`,
      'filterCriteria.filters',
      shorter(10),
    ],
    [
      { SourceAccessConfigurations: Array.from({ length: 24 }, () => ({})) },
      `[${Array.from({ length: 24 }, () => '{}').join(', ')}]`,
      'sourceAccessConfigurations',
      shorter(23),
    ],
    [endpoints({}), '{}', 'selfManagedEventSource.endpoints', longer(1)],
    [
      endpoints({ X: ['a:1'] }),
      '{X=[a:1]}',
      'selfManagedEventSource.endpoints',
      keys(oneOf('KAFKA_BOOTSTRAP_SERVERS')),
    ],
    [of([]), '{KAFKA_BOOTSTRAP_SERVERS=[]}', 'selfManagedEventSource.endpoints', servers],
    [of(eleven), `{KAFKA_BOOTSTRAP_SERVERS=[${eleven.join(', ')}]}`, 'selfManagedEventSource.endpoints', servers],
    [of(['a']), '{KAFKA_BOOTSTRAP_SERVERS=[a]}', 'selfManagedEventSource.endpoints', servers],
    [{ Tags: { '': 'v' } }, '{=v}', 'tags', keys(shorter(128), longer(1), tag)],
    [{ Tags: { 'a?': 'v' } }, '{a?=v}', 'tags', keys(shorter(128), longer(1), tag)],
    [{ Tags: { a: 'v'.repeat(257) } }, `{a=${'v'.repeat(253)}…`, 'tags', values(shorter(256), longer(0), tag)],
    [{ Tags: { a: '\ud800' } }, '{a=\ud800}', 'tags', values(shorter(256), longer(0), tag)],
    [{ Tags: JSON.parse('{"__proto__":"?"}') as Given }, '{__proto__=?}', 'tags', values(shorter(256), longer(0), tag)],
  ];
  it.each(collections)('%j', (...row) => {
    expect(answer(row[0])).toEqual(violating(row));
  });

  it('by its size, when there are many more entries than it takes', () => {
    const { code, message } = answer(tagged(51));
    expect({ code, message }).toEqual({
      code: 'ValidationException',
      message: expect.stringMatching(
        /^1 validation .* at 'tags' .*: Member must have length less than or equal to 50$/,
      ),
    });
    expect(problems(tagged(50))).toEqual([]);
  });

  it('once for all of its entries, each of which a file is told of', () => {
    const found = problems({ MetricsConfig: { Metrics: ['x', 'y'] } });
    expect(found.map((problem) => sentence(problem))).toEqual([
      'MetricsConfig.Metrics[0] must be one of EventCount, ErrorCount, KafkaMetrics, got "x"',
      'MetricsConfig.Metrics[1] must be one of EventCount, ErrorCount, KafkaMetrics, got "y"',
    ]);
    expect(awsErrorOf(found).message).toBe(
      `1 validation error detected: Value '[x, y]' at 'metricsConfig.metrics' failed to satisfy constraint: ${metrics}`,
    );
  });
});

describe('a value of the wrong type is refused as AWS refuses it', () => {
  const types: readonly (readonly [given: Given, message: string])[] = [
    [{ BatchSize: '10' }, "STRING_VALUE can not be converted to an Integer at 'batchSize'"],
    [{ BatchSize: true }, "TRUE_VALUE can not be converted to an Integer at 'batchSize'"],
    [{ BatchSize: 1.5 }, "DECIMAL_VALUE can not be converted to an Integer at 'batchSize'"],
    [{ BatchSize: 2 ** 31 }, "NUMBER_VALUE can not be converted to an Integer at 'batchSize'"],
    [{ BatchSize: JSON.parse('1e400') }, "NUMBER_VALUE can not be converted to an Integer at 'batchSize'"],
    [{ BatchSize: [] }, "Start of list found where not expected at 'batchSize'"],
    [{ BatchSize: {} }, "Start of structure or map found where not expected at 'batchSize'"],
    [{ Enabled: 'true' }, "STRING_VALUE can not be converted to a Boolean at 'enabled'"],
    [{ Enabled: 0 }, "NUMBER_VALUE can not be converted to a Boolean at 'enabled'"],
    [{ FunctionName: 7 }, "NUMBER_VALUE can not be converted to a String at 'functionName'"],
    [{ StartingPosition: false }, "FALSE_VALUE can not be converted to a String at 'startingPosition'"],
    [
      { StartingPositionTimestamp: 'noon' },
      "STRING_VALUE can not be converted to milliseconds since epoch at 'startingPositionTimestamp'",
    ],
    [{ StartingPositionTimestamp: [] }, "Start of list found where not expected at 'startingPositionTimestamp'"],
    [{ ScalingConfig: [] }, "Start of list found where not expected at 'scalingConfig'"],
    [{ ScalingConfig: 5 }, "Expected null at 'scalingConfig'"],
    [
      { ScalingConfig: { MaximumConcurrency: '5' } },
      "STRING_VALUE can not be converted to an Integer at 'scalingConfig.maximumConcurrency'",
    ],
    [
      { FilterCriteria: { Filters: {} } },
      "Start of structure or map found where not expected at 'filterCriteria.filters'",
    ],
    [{ FilterCriteria: { Filters: [{}, 'x'] } }, "Expected null at 'filterCriteria.filters.2.member'"],
    [
      { FilterCriteria: { Filters: [{ Pattern: {} }] } },
      "Start of structure or map found where not expected at 'filterCriteria.filters.1.member.pattern'",
    ],
    [{ Topics: 'orders' }, "Expected list or null at 'topics'"],
    [{ Topics: [5] }, "NUMBER_VALUE can not be converted to a String at 'topics.1.member'"],
    [{ Tags: 'a' }, "Expected map or null at 'tags'"],
    [{ Tags: [] }, "Start of list found where not expected at 'tags'"],
    [{ Tags: { a: 5 } }, "NUMBER_VALUE can not be converted to a String at 'tags.a.member'"],
    [
      { SelfManagedEventSource: { Endpoints: { KAFKA_BOOTSTRAP_SERVERS: 'a:1' } } },
      "Expected list or null at 'selfManagedEventSource.endpoints.KAFKA_BOOTSTRAP_SERVERS.member'",
    ],
  ];
  it.each(types)('%j', (given, message) => {
    expect(answer(given)).toEqual(unreadable(message));
  });

  it.each([
    [[], 'Start of list found where not expected'],
    ['text', 'Expected null'],
    [7, 'Expected null'],
  ])('the whole body, too: %j', (body, message) => {
    expect(awsErrorOf(problemsOf(mappingSchema, requestFields(body)))).toEqual(unreadable(message));
  });
});

describe('of several things that are wrong AWS answers', () => {
  it('all violated constraints in one error', () => {
    expect(answer({ BatchSize: 0, Topics: [] })).toEqual(
      invalid(
        "2 validation errors detected: Value '0' at 'batchSize' failed to satisfy constraint: Member must have value greater than or equal to 1; " +
          "Value '[]' at 'topics' failed to satisfy constraint: Member must have length greater than or equal to 1",
      ),
    );
  });

  it('both constraints that one value violates, of which a file is told in one sentence', () => {
    const found = problems({ FunctionName: '' });
    expect(found.map((problem) => sentence(problem))).toEqual([
      'FunctionName must be a function name or ARN, 1 to 256 characters long, got ""',
    ]);
    expect(awsErrorOf(found).message).toBe(
      `2 validation errors detected: Value '' at 'functionName' failed to satisfy constraint: ${longer(1)}; ` +
        `Value '' at 'functionName' failed to satisfy constraint: ${like(functionName)}`,
    );
  });

  it('no more than ten constraints', () => {
    const Filters = Array.from({ length: 10 }, () => ({ Pattern: 'a'.repeat(4_097) }));
    const { message } = answer({ BatchSize: 0, FilterCriteria: { Filters } });
    expect(message).toMatch(/^10 validation errors detected: /);
    expect(message.split('; ')).toHaveLength(10);
  });

  it('a wrong type alone, and the first one', () => {
    expect(answer({ BatchSize: 0, Enabled: 'no', ScalingConfig: [] })).toEqual(
      unreadable("STRING_VALUE can not be converted to a Boolean at 'enabled'"),
    );
  });

  it('that a function is missing before anything that needs one', () => {
    expect(awsErrorOf(problemsOf(mappingSchema, {}))).toEqual(
      invalid(
        "1 validation error detected: Value null at 'functionName' failed to satisfy constraint: Member must not be null",
      ),
    );
  });

  it('a violated constraint rather than what a rule says, whatever comes first', () => {
    const rule = { path: ['Queues'], message: 'is not a parameter of SQS mappings; remove it' };
    expect(awsErrorOf([rule, ...problems({ BatchSize: 0 })]).code).toBe('ValidationException');
    expect(awsErrorOf([rule])).toEqual({
      status: 400,
      code: 'InvalidParameterValueException',
      message: 'Queues is not a parameter of SQS mappings; remove it',
    });
  });
});

describe('a value in an error of AWS', () => {
  it('is written without the password of a URL', () => {
    const { message } = answer({ Topics: ['http://user:hunter2@host/'] });
    expect(message).toContain("Value '[http://***@host/]' at 'topics'");
  });

  it('is cut when it is long, however much there is of it', () => {
    const { message } = answer({ Topics: Array.from({ length: 100_000 }, () => 'topic') });
    expect(message).toContain(`topic, top…' at 'topics'`);
    expect(message.length).toBeLessThan(400);
  });
});
