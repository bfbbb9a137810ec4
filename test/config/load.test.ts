import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Configuration } from '../../src/config/configuration.js';
import { loadConfiguration, type LoadOptions } from '../../src/config/load.js';
import { MillraceError } from '../../src/platform/millrace-error.js';
import { temporaryFolders } from './temporary-folder.js';

const folder = temporaryFolders();
const small = 'functions: { orders: { Handler: a.handler } }\n';

function loaded(where: string, options: Partial<LoadOptions> = {}): Promise<Configuration> {
  return loadConfiguration(where, { env: {}, ...options });
}

/** The lines of the error for a `millrace.yaml`, without the folder. */
async function refusal(text: string, env: LoadOptions['env'] = {}, name = 'millrace.yaml'): Promise<readonly string[]> {
  const where = await folder({ [name]: text });
  const error: unknown = await loadConfiguration(where, { env }).catch((thrown: unknown) => thrown);
  if (!(error instanceof MillraceError)) throw new Error('a MillraceError was expected', { cause: error });
  expect(error.code).toBe('CONFIGURATION_INVALID');
  return error.message
    .replaceAll(`${where}${path.sep}`, '')
    .split('\n')
    .map((line) => line.trim());
}

describe('the configuration of a folder', () => {
  it.each(['millrace.yaml', 'millrace.yml'])('is read from %s', async (name) => {
    const where = await folder({ [name]: small });
    const configuration = await loaded(where);
    expect(configuration).toMatchObject({
      file: path.join(where, name),
      root: where,
      state: path.join(where, '.millrace'),
    });
    expect([...configuration.functions.keys()]).toEqual(['orders']);
  });

  it('is read from millrace.json, indented with tabs or not', async () => {
    const where = await folder({
      'millrace.json': '{\n\t"functions": {\n\t\t"orders": { "Handler": "a.handler" }\n\t}\n}\n',
    });
    expect((await loaded(where)).functions.has('orders')).toBe(true);
  });

  it.each([
    ['millrace.mjs', 'export default { functions: { orders: { handler: () => 1 } } };'],
    ['millrace.mjs', 'export default async () => ({ functions: { orders: { handler() {} } } });'],
    [
      'millrace.ts',
      'const name: string = "orders"; enum E { A }; export default { functions: { [name]: { handler: () => E.A } } };',
    ],
    ['millrace.ts', 'export default (): object => ({ functions: { orders: { Handler: "a.handler" } } });'],
  ])('is read from %s: %s', async (name, text) => {
    expect((await loaded(await folder({ [name]: text }))).functions.has('orders')).toBe(true);
  });

  it('can be named as a file, in the place of the folder or with a flag', async () => {
    const where = await folder({ 'other.yaml': small, 'millrace.yaml': 'mappings: []' });
    expect((await loaded(path.join(where, 'other.yaml'))).functions.size).toBe(1);
    expect((await loaded(where, { config: path.join(where, 'other.yaml') })).functions.size).toBe(1);
    expect((await loaded(where)).functions.size).toBe(0);
  });

  it('that is missing is answered with the names that were looked for', async () => {
    const where = await folder();
    await expect(loaded(where)).rejects.toThrow(
      `no configuration in ${where}: looked for millrace.yaml, millrace.yml, millrace.json, millrace.ts, millrace.mjs; create one of them, or name a file with --config`,
    );
    await expect(loaded(path.join(where, 'nowhere'))).rejects.toThrow(`there is no file or folder ${where}/nowhere`);
  });

  it('must be a single one', async () => {
    const where = await folder({ 'millrace.yaml': small, 'millrace.json': '{}' });
    await expect(loaded(where)).rejects.toThrow(
      `several configurations in ${where}: millrace.yaml and millrace.json; keep one of them, or name one with --config`,
    );
  });

  it('must be of a kind that can be read', async () => {
    const where = await folder({ 'millrace.toml': '' });
    await expect(loaded(path.join(where, 'millrace.toml'))).rejects.toThrow(
      'is not a configuration that can be read: it must end in .yaml, .yml, .json, .ts or .mjs',
    );
  });

  it('is read in full', async () => {
    const env = { SIZE: '100', STAGE: '007', ENABLED: 'false' };
    const configuration = await loaded('fixtures/configurations/complete.yaml', { env });
    const root = path.resolve('fixtures/configurations');
    expect(configuration).toMatchObject({
      root,
      region: 'eu-central-1',
      account: '123456789012',
      state: path.join(root, 'var/state'),
      maximumConcurrency: 40,
      tumblingWindowIdleMs: 2_500,
      embedded: { visibilityTimeoutSeconds: undefined, maxReceiveCount: undefined, shards: 4 },
      checkpoints: { kind: 'folder' },
      journal: { fileBytes: 1_048_576, files: 2 },
      endpoints: {
        aws: 'http://localhost:4566',
        byService: {
          sqs: { kind: 'url', url: 'http://localhost:9324' },
          sns: { kind: 'embedded' },
          s3: { kind: 'url', url: 'http://localhost:4566' },
          kinesis: { kind: 'embedded' },
        },
        byArn: { 'arn:aws:sqs:eu-central-1:123456789012:orders.fifo': 'http://localhost:9325' },
      },
      mappings: [
        {
          name: 'orders',
          enabled: false,
          batchSize: 100,
          windowMs: 5_000,
          reportsItemFailures: true,
          concurrency: { ceiling: 10 },
        },
        { name: 'orders.fifo', function: { qualifier: 'live' }, batchSize: 10, concurrency: { ceiling: 40 } },
        {
          name: 'clicks',
          startingPoint: { kind: 'AT_TIMESTAMP', at: Date.parse('2025-01-31T12:00:00Z') },
          parallelizationFactor: 2,
          bisects: true,
          maxAgeMs: 3_600_000,
          maxRetries: 3,
          destination: { kind: 'sns', name: 'failures' },
        },
        { name: 'items', source: { kind: 'dynamodb', label: undefined }, tumblingWindowMs: 60_000 },
        { name: 'at/all', kind: 'stream', source: { kind: 'custom', source: 'nothing' } },
      ],
    });
    expect([...configuration.sources.keys()]).toEqual(['nothing']);
    expect(configuration.notices).toHaveLength(3);
    expect(configuration.functions.get('orders')).toMatchObject({
      timeoutMs: 30_000,
      memoryMb: 256,
      reservedConcurrency: 4,
      role: 'arn:aws:iam::123456789012:role/orders',
      variables: { TABLE: 'orders', ZIP: '01234', RATE: '1.10', DEBUG: 'true', STAGE: '007', TEMPLATE: '${name}' },
      qualified: new Map([
        ['live', { kind: 'module', handler: 'handlers/live.handler' }],
        ['1', { kind: 'module', handler: 'handlers/first.handler' }],
      ]),
    });
  });
});

describe('problems of a file', () => {
  it('are reported all at once, each with its position', async () => {
    const text = [
      'functions:',
      '  orders:',
      '    Handler: a.handler',
      '    timeout: 3',
      'mappings:',
      '  - FunctionName: order',
      '    EventSourceArn: arn:aws:sqs:us-east-1:000000000000:orders',
      '    BatchSize: ten',
      '  - EventSourceArn: arn:aws:sqs:us-east-1:000000000000:orders',
      '    BatchSize: 11',
    ].join('\n');
    expect(await refusal(text)).toEqual([
      'millrace.yaml has 5 problems:',
      'millrace.yaml:4:5: functions.orders.timeout is not a known setting; did you mean Timeout?',
      'millrace.yaml:6:19: mappings[0].FunctionName must name a function of this configuration: orders, got "order" (AWS: "Function does not exist")',
      'millrace.yaml:8:16: mappings[0].BatchSize must be a whole number from 1 to 10000, got "ten"',
      'millrace.yaml:9:5: mappings[1].FunctionName is missing; it must be a function name or ARN, 1 to 256 characters long',
      'millrace.yaml:10:16: mappings[1].BatchSize over 10 needs a MaximumBatchingWindowInSeconds of at least 1, got 11 (AWS: "Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10")',
    ]);
  });

  const rows: readonly (readonly [string, string, string])[] = [
    ['an empty file', '# nothing\n', 'millrace.yaml: the configuration is empty; it needs functions and mappings'],
    [
      'a key given twice',
      'region: a\nstate: b\nregion: c\n',
      '3:1: the configuration is not valid YAML: this key is given twice in one object; remove one of them',
    ],
    [
      'a tab',
      'functions:\n\torders: {}\n',
      '2:1: the configuration is not valid YAML: a tab is used for indentation; YAML takes spaces only',
    ],
    [
      'an open quote',
      'region: "us\n',
      '2:1: the configuration is not valid YAML: something is missing here: a closing quote or bracket, a comma, or the space after a colon',
    ],
    [
      'two colons',
      'region: us: east\n',
      '1:9: the configuration is not valid YAML: a second "key: value" stands where a value is expected; put it on a line of its own, or quote the text if the colon belongs to it',
    ],
    [
      'two documents',
      'region: a\n---\nregion: b\n',
      '2:1: the configuration is not valid YAML: a configuration is one document; remove the "---" and what follows it',
    ],
    [
      'an unknown alias',
      'region: *here\n',
      '1:9: region uses an alias (*name) of an anchor (&name) that is not defined before it',
    ],
    [
      'a list',
      '- a\n',
      '1:1: the configuration must be an object with the keys region, account, functions, mappings, sources, endpoints, secrets, state, maximumConcurrency, tumblingWindowIdleSeconds, embedded, journal, got a list of 1',
    ],
    ['a key without a value', 'mappings:\n', '1:10: mappings must be a list of mappings, got nothing'],
    [
      'a missing Handler',
      'functions:\n  f: {}\n',
      '2:3: functions.f needs a Handler, such as Handler: handlers/orders.handler',
    ],
  ];
  it.each(rows)('%s', async (_, text, says) => {
    const expected = says.startsWith('millrace.yaml') ? says : `millrace.yaml:${says}`;
    expect(await refusal(text)).toEqual([expected]);
  });

  it('never quote the file where its syntax is wrong', async () => {
    const lines = await refusal('secrets: { "arn:x": { password: "hunter2, } }\n');
    expect(lines.join('\n')).not.toContain('hunter2');
  });

  it('speak of JSON where the file is JSON', async () => {
    const where = await folder({ 'millrace.json': '{ "region": "a" "state": "b" }' });
    await expect(loaded(where)).rejects.toThrow(/millrace\.json:1:17: the configuration is not valid JSON: /);
  });

  it('include aliases that multiply', async () => {
    const levels = Array.from({ length: 12 }, (_, i) => `k${i}: &a${i} [${i === 0 ? 'x' : `*a${i - 1}, *a${i - 1}`}]`);
    const lines = await refusal(levels.join('\n'));
    expect(lines.some((line) => line.includes('is one alias too many; a file can use 200'))).toBe(true);
  });
});

const sized = (size: string): string =>
  `${small}mappings:\n  - FunctionName: orders\n    EventSourceArn: arn:aws:sqs:us-east-1:000000000000:orders\n    BatchSize: ${size}\n`;

describe('values from the environment', () => {
  it('are numbers and booleans where the file has no quotes', async () => {
    const { mappings } = await loaded(await folder({ 'millrace.yaml': sized('${SIZE}') }), { env: { SIZE: '7' } });
    expect(mappings[0]?.batchSize).toBe(7);
    expect(await refusal(sized('"${SIZE}"'), { SIZE: '7' })).toEqual([
      'millrace.yaml:5:16: mappings[0].BatchSize must be a whole number from 1 to 10000, got the value of ${SIZE}',
    ]);
  });

  it('never appear in errors', async () => {
    const lines = await refusal(`${sized('${SIZE}')}region: \${HERE}\n`, { SIZE: 'hunter2', HERE: 'HUNTER 2' });
    expect(lines).toEqual([
      'millrace.yaml has 2 problems:',
      'millrace.yaml:5:16: mappings[0].BatchSize must be a whole number from 1 to 10000, got the value of ${SIZE}',
      'millrace.yaml:6:9: region must be an AWS Region such as us-east-1, 1 to 32 characters long, got the value of ${HERE}',
    ]);
  });

  it('must be set', async () => {
    expect(await refusal('region: ${A}-${B}-${A}\nstate: ${C}\n', { C: 'x' })).toEqual([
      'millrace.yaml:1:9: region needs ${A} and ${B}, which are not set in the environment; set them, or write "$${" for a literal "${"',
    ]);
  });

  it('are named as ${NAME} and not otherwise', async () => {
    expect(await refusal('region: ${A:-b}\n', { A: 'x' })).toEqual([
      'millrace.yaml:1:9: region has a "${" that is not part of ${NAME}; a literal "${" is written "$${"',
    ]);
  });

  it('stand in keys as well', async () => {
    const text = `${small}endpoints:\n  "arn:aws:sqs:us-east-1:\${ACCOUNT}:orders": http://localhost:1\n`;
    const { endpoints } = await loaded(await folder({ 'millrace.yaml': text }), { env: { ACCOUNT: '123456789012' } });
    expect(Object.keys(endpoints.byArn)).toEqual(['arn:aws:sqs:us-east-1:123456789012:orders']);
  });
});

describe('a configuration that is a module', () => {
  it.each([
    ['millrace.mjs', 'throw new Error("no database");', 'millrace.mjs could not be loaded: no database'],
    [
      'millrace.mjs',
      'export default () => { throw new Error("no luck"); };',
      'millrace.mjs could not be loaded: no luck',
    ],
    [
      'millrace.mjs',
      'export const a = 1;',
      'millrace.mjs has no default export; write: export default { functions: …, mappings: … }',
    ],
    [
      'millrace.mjs',
      'export default { regoin: "x" };',
      'millrace.mjs: regoin is not a known setting; did you mean region?',
    ],
    [
      'millrace.ts',
      'export default { regoin: "x" };',
      'millrace.ts: regoin is not a known setting; did you mean region?',
    ],
  ])('%s: %s', async (name, text, says) => {
    expect(await refusal(text, {}, name)).toEqual([says]);
  });

  it('with a syntax error says where, without a stack trace', async () => {
    const lines = await refusal('export default {\n  region: ,\n};', {}, 'millrace.ts');
    expect(lines.join('\n')).toMatch(/^millrace\.ts could not be loaded: /);
    expect(lines.join('\n')).toContain('millrace.ts:2:');
    expect(lines.some((line) => line.startsWith('at '))).toBe(false);
  });
});
