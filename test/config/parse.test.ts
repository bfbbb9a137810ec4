import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { defineConfig, type ConfigurationInput } from '../../src/config/input.js';
import { defineSource, type SourceDefinition } from '../../src/contracts/source-definition.js';
import { parseConfiguration } from '../support/parse-configuration.js';
import { MillraceError } from '../../src/platform/millrace-error.js';

const root = '/project';
const orders = 'arn:aws:sqs:us-east-1:000000000000:orders';

const open = (): never => {
  throw new Error('not opened here');
};
const lines = defineSource({ name: 'lines', kind: 'stream', open });
const inbox = defineSource({ name: 'inbox', kind: 'queue', open });

const reading = (source: string) => [
  { FunctionName: 'f', EventSourceArn: `arn:millrace:${source}:us-east-1:000000000000:x` },
];

/** The text of the error for an input that no type checker has seen. */
function refusal(input: unknown): string {
  try {
    parseConfiguration(input as ConfigurationInput, { root });
  } catch (error) {
    if (error instanceof MillraceError && error.code === 'CONFIGURATION_INVALID') return error.message;
    throw error;
  }
  return 'accepted';
}

describe('a configuration given as an object', () => {
  it('may be empty', () => {
    expect(parseConfiguration({}, { root })).toEqual({
      file: undefined,
      root,
      region: 'us-east-1',
      account: '000000000000',
      functions: new Map(),
      mappings: [],
      sources: new Map(),
      endpoints: { byService: {}, byArn: {} },
      secrets: {},
      state: undefined,
      checkpoints: { kind: 'memory' },
      maximumConcurrency: 20,
      tumblingWindowIdleMs: 120_000,
      embedded: { visibilityTimeoutSeconds: undefined, maxReceiveCount: undefined, shards: 1 },
      journal: { fileBytes: 20_971_520, files: 5 },
      notices: [],
    });
  });

  it('gets the defaults of Lambda for its functions', () => {
    const { functions } = parseConfiguration({ functions: { orders: { Handler: 'a/b.handler' } } }, { root });
    expect(functions.get('orders')).toEqual({
      name: 'orders',
      arn: 'arn:aws:lambda:us-east-1:000000000000:function:orders',
      role: 'arn:aws:iam::000000000000:role/lambda-role',
      root,
      code: { kind: 'module', handler: 'a/b.handler' },
      qualified: new Map(),
      timeoutMs: 3_000,
      memoryMb: 128,
      variables: {},
      reservedConcurrency: undefined,
    });
  });

  it('may have handlers that are JavaScript functions', () => {
    const handler = vi.fn<() => string>();
    const input = defineConfig({ functions: { orders: { handler, Aliases: { live: { handler } } } } });
    const definition = parseConfiguration(input, { root }).functions.get('orders');
    expect(definition?.code).toEqual({ kind: 'inline', handler });
    expect(definition?.qualified.get('live')).toEqual({ kind: 'inline', handler });
  });

  it('names its mappings', () => {
    const input = {
      functions: { one: { Handler: 'one.handler' }, two: { Handler: 'two.handler' } },
      mappings: [
        { FunctionName: 'one', EventSourceArn: orders },
        { FunctionName: 'two', EventSourceArn: orders },
      ],
    };
    expect(parseConfiguration(input, { root }).mappings.map(({ name }) => name)).toEqual(['one/orders', 'two/orders']);
  });

  it('may close tumbling windows earlier and have streams of several shards', () => {
    const given = { tumblingWindowIdleSeconds: 0.25, embedded: { shards: 100 } };
    expect(parseConfiguration(given, { root })).toMatchObject({ tumblingWindowIdleMs: 250, embedded: { shards: 100 } });
  });

  it('says which of its settings have no effect', () => {
    const { notices } = parseConfiguration(
      {
        functions: { orders: { Handler: 'a.b', Role: 'arn:aws:iam::111111111111:role/r' } },
        mappings: [{ FunctionName: 'orders', EventSourceArn: orders, KMSKeyArn: 'arn:aws:kms:us-east-1:1:key/k' }],
        sources: [lines],
        endpoints: { 'arn:aws:sqs:us-east-1:000000000000:other': 'http://localhost:1' },
        secrets: { 'arn:aws:secretsmanager:us-east-1:000000000000:secret:s': { password: 'hunter2' } },
      },
      { root },
    );
    expect(notices).toEqual([
      'functions.orders.Role has no effect: permissions are not checked locally',
      'mappings[0].KMSKeyArn has no effect: filter patterns are not encrypted locally',
      'sources[0] has no effect: no mapping reads lines',
      'endpoints["arn:aws:sqs:us-east-1:000000000000:other"] has no effect: no mapping reads it',
      'secrets has no effect: no source of this version needs one',
    ]);
  });
});

describe('sources that are given as objects', () => {
  const functions = { f: { Handler: 'a.handler' } };

  it('are there by name, and make the mapping of a stream or of a queue', () => {
    const mappings = [...reading('lines'), ...reading('inbox')];
    const configuration = parseConfiguration({ functions, mappings, sources: [lines, inbox] }, { root });
    expect(configuration.sources).toEqual(
      new Map<string, SourceDefinition>([
        ['lines', lines],
        ['inbox', inbox],
      ]),
    );
    expect(configuration.mappings.map(({ kind }) => kind)).toEqual(['stream', 'queue']);
    expect(configuration.notices).toEqual([]);
  });

  it('may be instances of a class, whose methods stay methods', () => {
    class Lines {
      readonly name = 'lines';
      readonly kind = 'stream';
      open(): never {
        throw new Error('not opened here');
      }
    }
    const source = new Lines();
    expect(parseConfiguration({ functions, mappings: reading('lines'), sources: [source] }, { root }).sources).toEqual(
      new Map([['lines', source]]),
    );
  });

  const rows: readonly (readonly [unknown, string])[] = [
    ['lines', 'sources must be a list of sources, or of paths of their modules, got "lines"'],
    [
      [7],
      'sources[0] must be a source: an object with name, kind and open, or the path of a module whose default export is one, got 7',
    ],
    [
      [{ ...lines, name: 'my lines' }],
      'sources[0].name must be the name of a source (letters, digits and -), 1 to 64 characters long, got "my lines"',
    ],
    [[{ ...lines, kind: 'topic' }], 'sources[0].kind must be one of stream, queue, got "topic"'],
    [[{ ...lines, open: 'file' }], 'sources[0].open must be a function that opens the source, got "file"'],
    [[{ ...lines, send: {} }], 'sources[0].send must be a function that puts records into the source, got an object'],
    [[lines, inbox, lines], 'sources[2] has the name of sources[0], lines; rename one of them'],
  ];
  it.each(rows)('are refused: %j', (sources, says) => {
    expect(refusal({ functions, mappings: reading('nobody'), sources })).toContain(says);
  });

  it('that are malformed do not make mappings wrong that name them', () => {
    expect(refusal({ functions, mappings: reading('lines'), sources: [{ ...lines, open: 1 }] })).toBe(
      'configuration: sources[0].open must be a function that opens the source, got 1',
    );
  });
});

describe('a configuration is refused:', () => {
  const handler = 'a.handler';
  const rows: readonly { input: unknown; says: string }[] = [
    {
      input: 7,
      says: 'the configuration must be an object with the keys region, account, functions, mappings, sources, endpoints, secrets, state, maximumConcurrency, tumblingWindowIdleSeconds, embedded, journal, got 7',
    },
    {
      input: { region: 'US EAST' },
      says: 'region must be an AWS Region such as us-east-1, 1 to 32 characters long, got "US EAST"',
    },
    { input: { account: '123' }, says: 'account must be an AWS account: 12 digits, got "123"' },
    { input: { account: 0 }, says: 'account must be an AWS account: 12 digits, got 0' },
    {
      input: { functions: { 'a b': { Handler: handler } } },
      says: 'functions["a b"] must be a Lambda function name (letters, digits, - and _), 1 to 64 characters long',
    },
    {
      input: { functions: { ['f'.repeat(65)]: { Handler: handler } } },
      says: `functions.${'f'.repeat(65)} must be a Lambda function name (letters, digits, - and _), 1 to 64 characters long`,
    },
    { input: { functions: { f: {} } }, says: 'functions.f needs a Handler, such as Handler: handlers/orders.handler' },
    {
      input: { functions: { f: { Handler: 'handlers/orders' } } },
      says: 'functions.f.Handler must be a path without extension, a dot and the name of the export, such as handlers/orders.handler, 1 to 128 characters long, got "handlers/orders"',
    },
    {
      input: { functions: { f: { Handler: 'handlers/orders.ts' } } },
      says: 'functions.f.Handler must end in a dot and the name of the export instead of a file extension, such as handlers/orders.handler, got "handlers/orders.ts"',
    },
    {
      input: { functions: { f: { handler } } },
      says: 'functions.f.handler must be a JavaScript function, which only the library and .ts and .mjs files can give; a path is spelled Handler, got "a.handler"',
    },
    {
      input: { functions: { f: { Handler: handler, handler: () => 1 } } },
      says: 'functions.f.handler is given and Handler too; remove one of them',
    },
    {
      input: { functions: { f: { Handler: handler, Timeout: 901 } } },
      says: 'functions.f.Timeout must be a whole number from 1 to 900, got 901',
    },
    {
      input: { functions: { f: { Handler: handler, MemorySize: 127 } } },
      says: 'functions.f.MemorySize must be a whole number from 128 to 10240, got 127',
    },
    {
      input: { functions: { f: { Handler: handler, ReservedConcurrentExecutions: -1 } } },
      says: 'functions.f.ReservedConcurrentExecutions must be a whole number of at least 0, got -1',
    },
    {
      input: { functions: { f: { Handler: handler, Aliases: { live: {} } } } },
      says: 'functions.f.Aliases.live needs a Handler, such as Handler: handlers/orders.handler',
    },
    {
      input: { functions: { f: { Handler: handler, Aliases: { 7: { Handler: handler } } } } },
      says: 'functions.f.Aliases.7 must be the name of an alias (letters, digits, - and _, not only digits), 1 to 128 characters long',
    },
    {
      input: { functions: { f: { Handler: handler, Versions: { one: { Handler: handler } } } } },
      says: 'functions.f.Versions.one must be the number of a version, 1 to 20 characters long',
    },
    {
      input: { functions: { f: { Handler: handler, Runtime: 'nodejs20.x' } } },
      says: 'functions.f.Runtime is not a known setting; known here: Handler, handler, Timeout, MemorySize, Environment, ReservedConcurrentExecutions, Role, Aliases, Versions',
    },
    { input: { mappings: {} }, says: 'mappings must be a list of mappings, got an object' },
    {
      input: { endpoints: { aws: 'embedded' } },
      says: 'endpoints.aws must be a URL such as http://localhost:4566, got "embedded"',
    },
    {
      input: { endpoints: { dynamodb: 'embedded' } },
      says: 'endpoints.dynamodb cannot be embedded in this version of millrace (sqs, sns, s3, kinesis can); give a URL, got "embedded"',
    },
    {
      input: { endpoints: { sqs: 'localhost:9324' } },
      says: 'endpoints.sqs must be a URL such as http://localhost:4566, or embedded, got "localhost:9324"',
    },
    {
      input: { endpoints: { sqs: 'ftp://u:p/@:w@h' } },
      says: 'endpoints.sqs must be a URL such as http://localhost:4566, or embedded, got "ftp://***@h"',
    },
    { input: { endpoints: { sqq: 'http://h' } }, says: 'endpoints.sqq is not a known service; did you mean sqs?' },
    {
      input: { endpoints: { 'arn:aws:mq:us-east-1:000000000000:broker:shop:b-1': 'amqp://localhost:5672' } },
      says: 'endpoints["arn:aws:mq:us-east-1:000000000000:broker:shop:b-1"] cannot be used: event sources of type Amazon MQ are not supported by this version of millrace (SQS, Kinesis, DynamoDB Streams and custom sources are)',
    },
    {
      input: { endpoints: { 'arn:millrace:lines:us-east-1:000000000000:x': 'http://localhost:1' } },
      says: 'endpoints["arn:millrace:lines:us-east-1:000000000000:x"] cannot be used: a source of this configuration knows its own address',
    },
    {
      input: { endpoints: { 'arn:aws:kinesis:us-east-1:000000000000:clicks': 'http://localhost:1' } },
      says: 'endpoints["arn:aws:kinesis:us-east-1:000000000000:clicks"] must have the form arn:aws:kinesis:<region>:<account>:stream/<stream> (a consumer: …/consumer/<name>:<time>)',
    },
    { input: { embedded: { shards: 0 } }, says: 'embedded.shards must be a whole number from 1 to 100, got 0' },
    {
      input: { tumblingWindowIdleSeconds: 601 },
      says: 'tumblingWindowIdleSeconds must be a number from 0 to 600, got 601',
    },
    {
      input: { tumblingWindowIdleSeconds: '5' },
      says: 'tumblingWindowIdleSeconds must be a number from 0 to 600, got "5"',
    },
    { input: { state: '' }, says: 'state must be a folder, or dynamodb://<table>, 1 to 4096 characters long, got ""' },
    { input: { maximumConcurrency: 0 }, says: 'maximumConcurrency must be a whole number from 1 to 1000, got 0' },
    { input: { journal: { files: 1.5 } }, says: 'journal.files must be a whole number from 2 to 1000, got 1.5' },
    { input: { mapings: [] }, says: 'mapings is not a known setting; did you mean mappings?' },
    { input: { Region: 'us-east-1' }, says: 'Region is not a known setting; did you mean region?' },
  ];
  it.each(rows)('$says', ({ input, says }) => {
    expect(refusal(input)).toBe(`configuration: ${says}`);
  });

  it('a duplicate mapping, in the words of AWS', () => {
    const mapping = { FunctionName: 'f', EventSourceArn: orders };
    const functions = { f: { Handler: handler } };
    const [first] = parseConfiguration({ functions, mappings: [mapping] }, { root }).mappings;
    expect(refusal({ functions, mappings: [mapping, mapping] })).toBe(
      'configuration: mappings[1] maps the same queue to the same function as mappings[0]; remove one of them ' +
        `(AWS: "An event source mapping with SQS arn (" ${orders} ") and function (" f ") already exists. ` +
        `Please update or delete the existing mapping with UUID ${first?.uuid}")`,
    );
  });

  it('a duplicate mapping of a stream, in the words of AWS', () => {
    const mapping = {
      FunctionName: 'f',
      EventSourceArn: 'arn:aws:kinesis:us-east-1:000000000000:stream/clicks',
      StartingPosition: 'LATEST',
    };
    expect(refusal({ functions: { f: { Handler: handler } }, mappings: [mapping, mapping] })).toContain(
      'mappings[1] maps the same stream to the same function as mappings[0]; remove one of them (AWS: "The event source arn',
    );
  });

  it('with all its problems in one message', () => {
    const message = refusal({
      functions: { f: { Handler: handler, Timeout: 0 } },
      mappings: [{ FunctionName: 'g', EventSourceArn: orders, BatchSize: 'ten' }, 'x'],
      endpoints: { sqs: '' },
    });
    expect(message.split('\n')).toEqual([
      'configuration has 5 problems:',
      '  configuration: functions.f.Timeout must be a whole number from 1 to 900, got 0',
      '  configuration: mappings[0].BatchSize must be a whole number from 1 to 10000, got "ten"',
      '  configuration: mappings[0].FunctionName must name a function of this configuration: f, got "g" (AWS: "Function does not exist")',
      expect.stringMatching(/^ {2}configuration: mappings\[1] must be an object with the keys FunctionName, /),
      '  configuration: endpoints.sqs must be a URL such as http://localhost:4566, or embedded, got ""',
    ]);
  });
});

describe('a configuration that is rubbish', () => {
  const keys = fc.constantFrom(
    'region',
    'account',
    'functions',
    'mappings',
    'endpoints',
    'secrets',
    'state',
    'journal',
    'sources',
    'embedded',
  );
  const inner = fc.constantFrom(
    'FunctionName',
    'EventSourceArn',
    'BatchSize',
    'StartingPosition',
    'DestinationConfig',
    'name',
    'kind',
    'open',
    'Handler',
    'Environment',
    '__proto__',
    'f',
  );
  const rubbish = fc.oneof(
    fc.anything({ withNullPrototype: true, withBigInt: true, withDate: true, withMap: true }),
    fc.dictionary(keys, fc.anything()),
    fc.dictionary(
      keys,
      fc.oneof(
        fc.array(fc.dictionary(inner, fc.anything())),
        fc.dictionary(inner, fc.dictionary(inner, fc.anything())),
      ),
    ),
  );

  it('is refused with a MillraceError or accepted, never anything else', () => {
    fc.assert(
      fc.property(rubbish, (input) => {
        expect(refusal(input)).toMatch(/^(?:configuration|accepted)/);
      }),
      { numRuns: 500 },
    );
  });

  it('never makes its secrets and variables appear in the error', () => {
    const secret = 'hunter2';
    const hidden = fc.constantFrom<unknown>(secret, [secret], { deep: secret }, { Variables: secret });
    fc.assert(
      fc.property(hidden, hidden, (one, other) => {
        const input = {
          secrets: { 'arn:x': one, wrong: other },
          functions: {
            f: { Handler: 'a.b', Environment: other },
            g: { Handler: 'a.b', Environment: { Variables: { V: [one] } } },
          },
        };
        expect(refusal(input)).not.toContain(secret);
        expect(refusal({ secrets: one })).not.toContain(secret);
      }),
    );
  });
});
