import { describe, expect, it } from 'vitest';
import { parseFunctionName } from '../../src/mappings/function-name.js';
import { parseMapping } from '../../src/mappings/parse-mapping.js';
import { sentence } from '../../src/mappings/schema/problem.js';
import { parseSourceArn } from '../../src/mappings/source-arn.js';
import { knownSources } from '../../src/sources/registry.js';
import { customArn, request, sentencesWith, world } from './mapping-world.js';

/** Those of the world, and one more. */
const known = knownSources(
  new Map([['nats', { name: 'nats', kind: 'queue', open: () => Promise.reject(new Error('not opened here')) }]]),
);
const at = (service: string, resource: string): string => `arn:aws:${service}:eu-west-1:111111111111:${resource}`;

describe('an event source ARN', () => {
  const rows = [
    { arn: at('sqs', 'orders'), is: { kind: 'sqs', queue: 'orders', fifo: false } },
    { arn: at('sqs', 'orders.fifo'), is: { kind: 'sqs', queue: 'orders.fifo', fifo: true } },
    { arn: at('kinesis', 'stream/clicks'), is: { kind: 'kinesis', stream: 'clicks' } },
    { arn: at('kinesis', 'stream/clicks/consumer/fan:1690'), is: { kind: 'kinesis', consumer: 'fan:1690' } },
    {
      arn: at('dynamodb', 'table/items/stream/2024-06-10T19:26:16.525'),
      is: { kind: 'dynamodb', table: 'items', label: '2024-06-10T19:26:16.525' },
    },
    { arn: at('dynamodb', 'table/items'), is: { kind: 'dynamodb', table: 'items', label: undefined } },
    { arn: at('kafka', 'cluster/logs/4c0f-2'), is: { kind: 'msk', cluster: 'logs' } },
    { arn: at('kafka', 'vpc-connection/222222222222/logs/4c0f-2'), is: { kind: 'msk', cluster: 'logs' } },
    { arn: at('mq', 'broker:shop:b-1'), is: { kind: 'mq', broker: 'shop', id: 'b-1' } },
    { arn: at('rds', 'cluster:docs'), is: { kind: 'documentdb', cluster: 'docs' } },
    { arn: 'arn:millrace:nats:us-east-1:000000000000:x', is: { kind: 'custom', source: 'nats', id: 'x' } },
    { arn: 'arn:aws-cn:sqs:cn-north-1:111111111111:q', is: { kind: 'sqs', region: 'cn-north-1' } },
    { arn: 'arn:aws-us-gov:sqs:us-gov-west-1:111111111111:q', is: { kind: 'sqs', region: 'us-gov-west-1' } },
    { arn: 'arn:aws:dynamodb:ddblocal:000000000000:table/items', is: { kind: 'dynamodb', region: 'ddblocal' } },
  ];
  it.each(rows)('is read: $arn', ({ arn, is }) => {
    expect(parseSourceArn(arn, known)).toMatchObject({ kind: 'source', source: { arn, ...is } });
  });

  it.each([
    at('sqs', 'orders:extra'),
    at('sqs', 'orders.old'),
    at('sqs', 'a'.repeat(81)),
    'arn:aws:sqs:us-east-1:123:orders',
    'arn:aws:sqs::111111111111:orders',
    'arn:aws:sqs:us-east-1',
  ])('of a queue that is malformed says what one looks like: %s', (arn) => {
    expect(parseSourceArn(arn, known)).toEqual({ kind: 'malformed', of: 'sqs' });
    expect(sentencesWith({ EventSourceArn: arn })[0]).toContain(
      'EventSourceArn must have the form arn:aws:sqs:<region>:<account>:<queue>, got "arn:aws:sqs:',
    );
  });

  it.each(['', 'orders', 'http://localhost/q', at('ec2', 'instance/i-1')])('is not recognized: "%s"', (arn) => {
    expect(parseSourceArn(arn, known)).toEqual({ kind: 'unrecognized' });
  });

  it.each([
    [at('kafka', 'cluster/logs/4c0f-2'), 'Amazon MSK'],
    [at('mq', 'broker:shop:b-1'), 'Amazon MQ'],
    [at('rds', 'cluster:docs'), 'Amazon DocumentDB'],
  ])('of a source that this version cannot run is refused: %s', (EventSourceArn, type) => {
    expect(sentencesWith({ EventSourceArn })).toEqual([
      `EventSourceArn cannot be used: event sources of type ${type} are not supported by this version of millrace (SQS, Kinesis, DynamoDB Streams and custom sources are)`,
    ]);
  });

  it.each([
    [
      at('kinesis', 'stream/'),
      'arn:aws:kinesis:<region>:<account>:stream/<stream> (a consumer: …/consumer/<name>:<time>)',
    ],
    [
      at('kinesis', 'stream/clicks/consumer/fan'),
      'arn:aws:kinesis:<region>:<account>:stream/<stream> (a consumer: …/consumer/<name>:<time>)',
    ],
    [
      at('dynamodb', 'table/items/index/i'),
      'arn:aws:dynamodb:<region>:<account>:table/<table>/stream/<label> (or …/<table> alone: its latest stream)',
    ],
    ['arn:millrace:lines:us-east-1:1:x', 'arn:millrace:<source>:<region>:<account>:<id>'],
  ])('that is malformed says what one looks like: %s', (EventSourceArn, form) => {
    expect(sentencesWith({ EventSourceArn })).toEqual([
      `EventSourceArn must have the form ${form}, got "${EventSourceArn}"`,
    ]);
  });

  it('of a source that the configuration does not have names those that it has', () => {
    expect(sentencesWith({ EventSourceArn: 'arn:millrace:line:us-east-1:000000000000:x' })).toEqual([
      'EventSourceArn names the source line, which is not one of this configuration: it has lines, inbox (did you mean lines?)',
    ]);
    const result = parseMapping(request({ EventSourceArn: customArn }), { ...world, sources: knownSources(new Map()) });
    expect(result.ok ? [] : result.problems.map((problem) => sentence(problem))).toEqual([
      'EventSourceArn names the source lines, which is not one of this configuration: it has none (add its module to sources)',
    ]);
  });

  it('may be missing for self-managed Kafka, which this version cannot run either', () => {
    const SelfManagedEventSource = { Endpoints: { KAFKA_BOOTSTRAP_SERVERS: ['localhost:9092'] } };
    expect(sentencesWith({ EventSourceArn: undefined, SelfManagedEventSource })).toEqual([
      'SelfManagedEventSource cannot be used: event sources of type self-managed Apache Kafka are not supported by this version of millrace (SQS, Kinesis, DynamoDB Streams and custom sources are)',
    ]);
  });
});

describe('a function name', () => {
  const arn = 'arn:aws:lambda:us-east-1:111111111111:function:worker';
  const echoes = [
    ['worker', arn],
    [arn, arn],
    ['worker:$LATEST', `${arn}:$LATEST`],
    ['worker:1', `${arn}:1`],
    [`${arn}:1`, `${arn}:1`],
    ['worker:live', `${arn}:live`],
    [`${arn}:live`, `${arn}:live`],
    ['111111111111:function:worker', arn],
    ['111111111111:function:worker:live', `${arn}:live`],
  ] as const;
  it.each(echoes)('%s is echoed as %s', (given, echoed) => {
    expect(parseFunctionName(given, world, world.functions)).toMatchObject({
      ok: true,
      value: { name: 'worker', arn: echoed },
    });
  });

  it('gets the partition of its Region', () => {
    const china = { ...world, region: 'cn-north-1' };
    expect(parseFunctionName('worker', china, china.functions)).toMatchObject({
      value: { arn: 'arn:aws-cn:lambda:cn-north-1:111111111111:function:worker' },
    });
  });

  const refused = [
    ['wroker', 'must name a function of this configuration: worker, billing (did you mean worker?), got "wroker"'],
    [
      'worker:love',
      'must name an alias or version that functions.worker has: live, 1 (did you mean live?); add "love" to its Aliases, got "worker:love"',
    ],
    [
      'billing:7',
      'must name an alias or version that functions.billing has: it has none; add "7" to its Versions, got "billing:7"',
    ],
    [
      'arn:aws:lambda:eu-west-1:222222222222:function:worker',
      'names a function of account 222222222222 in eu-west-1; the functions of this configuration are in account 111111111111, us-east-1 (change its account or region, or this ARN), got "arn:aws:lambda:eu-west-1:222222222222:function:worker"',
    ],
    ['a b', 'must be a function name, name:qualifier, or the ARN of a function, got "a b"'],
  ] as const;
  it.each(refused)('%s is refused', (given, says) => {
    const result = parseFunctionName(given, world, world.functions);
    expect(result.ok ? [] : result.problems.map((problem) => sentence(problem))).toEqual([`FunctionName ${says}`]);
  });
});
