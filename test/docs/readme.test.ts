import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { parseConfiguration } from '../support/parse-configuration.js';
import { readDocument } from '../../src/config/document.js';
import type { ConfigurationInput } from '../../src/config/input.js';
import { limits } from '../../src/config/schema.js';
import { loadConfiguration } from '../../src/config/load.js';
import { loadSources } from '../../src/config/sources.js';
import {
  acceptance,
  parameterNames,
  pollers,
  ranges,
  responseTypes,
  startingPositions,
  withoutLocalMeaning,
} from '../../src/mappings/schema/parameters.js';
import { batchingOf, fifoArn, queueArn, streamArn, tableStreamArn } from '../mappings/mapping-world.js';
import { brokenLinks, partsOf, readPage, tableBelow, tableOf } from './markdown.js';

const readme = readPage('README.md');
const semantics = readPage('docs/semantics.md');
const architecture = readPage('docs/architecture.md');
const pages = [readme, semantics, readPage('docs/decisions.md'), architecture, readPage('CHANGELOG.md')];

const sources = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .map((file) => readFileSync(path.join('src', file), 'utf8'));

const count = (value: number): string => value.toLocaleString('en-US');
const range = ({ min, max }: { readonly min: number; readonly max: number }): string =>
  `${count(min)} to ${count(max)}`;

/** Values and default of each row of an option table. */
function cells(table: string): Readonly<Record<string, readonly string[]>> {
  return Object.fromEntries(tableOf(readme, table).map(([name = '', ...rest]) => [name, rest.slice(0, 2)]));
}

describe.each(pages)('$file', (page) => {
  it('has no link that leads nowhere', () => {
    expect(brokenLinks(page)).toEqual([]);
  });
});

describe('the snippets of README.md', () => {
  const copies = readme.blocks.filter(({ comment }) => /^[\w./-]+\.(?:ts|mjs|yaml)$/.test(comment ?? ''));

  it('that name a file exist', () => {
    expect(copies.map(({ comment }) => comment)).toEqual([
      'fixtures/quickstart/orders.mjs',
      'fixtures/quickstart/millrace.yaml',
      'fixtures/quickstart/typed/millrace.ts',
      'fixtures/json-lines-source/millrace.yaml',
      'test/docs/source-contract-example.test.ts',
      'test/docs/library-example.test.ts',
    ]);
  });

  it.each(copies)('from $comment are what is in it', ({ code, comment = '' }) => {
    expect(code).toBe(readFileSync(comment, 'utf8'));
  });

  const parts = readme.blocks.filter(({ comment }) => comment?.startsWith('part of '));

  it('that show parts of a file are these', () => {
    expect(parts.map(({ comment }) => comment)).toEqual(['part of fixtures/json-lines-source/json-lines.ts']);
  });

  it.each(parts)('that are $comment are in it, in this order', ({ code, comment = '' }) => {
    const text = readFileSync(comment.replace('part of ', ''), 'utf8');
    const places = partsOf(code).map((part) => text.indexOf(part));
    expect(places).not.toContain(-1);
    expect(places).toEqual(places.toSorted((one, other) => one - other));
  });

  it.each(
    readme.blocks.filter(
      ({ language, comment }) => language === 'yaml' && comment !== 'not a configuration of millrace',
    ),
  )('in YAML are valid configurations: $code', async ({ code, comment = '' }) => {
    const root = path.dirname(comment);
    const read = readDocument(code, 'snippet', {});
    const { input, problems } = await loadSources(read.input, root);
    expect([...read.problems, ...problems]).toEqual([]);
    expect(parseConfiguration(input as ConfigurationInput, { root }).notices).toEqual([]);
  });

  it.each(readme.blocks.filter(({ language }) => language === 'json'))('in JSON are JSON: $code', ({ code }) => {
    expect(() => JSON.parse(code) as unknown).not.toThrow();
  });

  it('in TypeScript can be loaded', async () => {
    const { mappings } = await loadConfiguration('fixtures/quickstart/typed', { env: {} });
    expect(mappings).toHaveLength(1);
  });
});

describe('the option tables of README.md', () => {
  it('have the values and defaults of SQS mappings', () => {
    const fifo = batchingOf(fifoArn).batchSize.max;
    expect(cells('mappings')).toEqual({
      FunctionName: ['name, name:qualifier, full or partial ARN', 'required'],
      EventSourceArn: ['arn:aws:sqs:<region>:<account>:<queue>', 'required'],
      Enabled: ['true, false', 'true'],
      BatchSize: [`${range(ranges.batchSize)}; FIFO 1 to ${fifo}`, String(batchingOf(queueArn).batchSize.default)],
      MaximumBatchingWindowInSeconds: [
        `${range(ranges.windowSeconds)}; not FIFO`,
        String((batchingOf(queueArn).window?.defaultMs ?? 0) / 1_000),
      ],
      FunctionResponseTypes: [`[${responseTypes.join(', ')}]`, 'none'],
      'ScalingConfig.MaximumConcurrency': [range(ranges.maximumConcurrency), 'none'],
      'ProvisionedPollerConfig.MinimumPollers': [
        range({ min: pollers.sqs.minimum.least, max: ranges.minimumPollers.max }),
        String(pollers.sqs.minimum.default),
      ],
      'ProvisionedPollerConfig.MaximumPollers': [
        range({ min: pollers.sqs.minimum.least, max: pollers.sqs.maximum.most }),
        String(pollers.sqs.maximum.default),
      ],
      KMSKeyArn: ['an ARN', 'none'],
      Tags: ['texts by key', 'none'],
      FilterCriteria: ['up to 10 filters', 'none'],
      MetricsConfig: ['{ Metrics: [EventCount] }', 'none'],
    });
  });

  it('have the values and defaults of stream mappings', () => {
    const { batchSize, window } = batchingOf(streamArn);
    const { min: noLimit, max: oldest } = ranges.recordAgeSeconds;
    expect(batchingOf(tableStreamArn)).toEqual(batchingOf(streamArn));
    expect(cells('stream-mappings')).toEqual({
      FunctionName: ['name, name:qualifier, full or partial ARN', 'required'],
      EventSourceArn: ['ARN of a stream, a consumer or a table', 'required'],
      StartingPosition: [startingPositions.join(', '), 'required'],
      StartingPositionTimestamp: ['a time; not DynamoDB', 'none'],
      Enabled: ['true, false', 'true'],
      BatchSize: [range({ min: ranges.batchSize.min, max: batchSize.max }), String(batchSize.default)],
      MaximumBatchingWindowInSeconds: [range(ranges.windowSeconds), String((window?.defaultMs ?? 0) / 1_000)],
      ParallelizationFactor: [range(ranges.parallelizationFactor), '1'],
      FunctionResponseTypes: [`[${responseTypes.join(', ')}]`, 'none'],
      BisectBatchOnFunctionError: ['true, false', 'false'],
      MaximumRetryAttempts: [range(ranges.retryAttempts), '-1'],
      MaximumRecordAgeInSeconds: [
        `${noLimit}, ${range({ min: ranges.leastRecordAgeSeconds, max: oldest })}`,
        String(noLimit),
      ],
      'DestinationConfig.OnFailure': ['{ Destination: <ARN> }', 'none'],
      TumblingWindowInSeconds: [range(ranges.tumblingWindowSeconds), '0'],
      FilterCriteria: ['up to 10 filters', 'none'],
      KMSKeyArn: ['an ARN', 'none'],
      Tags: ['texts by key', 'none'],
      MetricsConfig: ['{ Metrics: [EventCount] }', 'none'],
    });
  });

  it('have the defaults that a stream mapping gets', () => {
    const { mappings } = parseConfiguration(
      {
        functions: { clicks: { Handler: 'clicks.handler' } },
        mappings: [
          {
            FunctionName: 'clicks',
            EventSourceArn: 'arn:aws:kinesis:us-east-1:000000000000:stream/clicks',
            StartingPosition: 'LATEST',
          },
        ],
      },
      { root: '.' },
    );
    const table = cells('stream-mappings');
    const given = (name: string): unknown => JSON.parse(table[name]?.[1] ?? '');
    const unlimited = (name: string): unknown => (given(name) === -1 ? undefined : given(name));
    expect(mappings[0]).toMatchObject({
      enabled: given('Enabled'),
      batchSize: given('BatchSize'),
      windowMs: given('MaximumBatchingWindowInSeconds'),
      parallelizationFactor: given('ParallelizationFactor'),
      bisects: given('BisectBatchOnFunctionError'),
      maxRetries: unlimited('MaximumRetryAttempts'),
      maxAgeMs: unlimited('MaximumRecordAgeInSeconds'),
      tumblingWindowMs: given('TumblingWindowInSeconds'),
    });
  });

  it('say which parameters of streams DynamoDB does not take', () => {
    const notForDynamoDb = tableOf(readme, 'stream-mappings')
      .filter(([, values = '']) => values.endsWith('not DynamoDB'))
      .map(([name]) => name);
    const refused = parameterNames.filter(
      (name) => acceptance(name, 'kinesis') !== '-' && acceptance(name, 'dynamodb') === '-',
    );
    expect(notForDynamoDb).toEqual(refused);
  });

  it.each([
    ['mappings', 'queues with an error that names it', 'sqs'],
    ['stream-mappings', 'streams', 'kinesis'],
  ] as const)('name in %s every parameter that is taken, and the text below every one that is refused', (...row) => {
    const [table, what, source] = row;
    const named = new Set(tableOf(readme, table).map(([name = '']) => name.split('.')[0]));
    const [, list = ''] = readme.text.split(`Every other parameter is refused for ${what}: `);
    const refused = [...(list.split('.')[0] ?? '').matchAll(/`(?<name>\w+)`/g)].map(([, name]) => name);
    for (const parameter of parameterNames) {
      const taken = acceptance(parameter, source) !== '-';
      expect({ parameter, inTable: named.has(parameter), inRefusals: refused.includes(parameter) }).toEqual({
        parameter,
        inTable: taken,
        inRefusals: !taken,
      });
    }
  });

  it('say which parameters have no effect', () => {
    const silent = ['mappings', 'stream-mappings', 'functions'].flatMap((table) =>
      tableOf(readme, table)
        .filter(([, , , meaning = '']) => meaning.startsWith('Accepted; no effect'))
        .map(([name]) => name),
    );
    const ofOtherSources = ['PollerGroupName', 'VPC_SUBNET', 'VPC_SECURITY_GROUP'];
    expect(new Set([...silent, ...ofOtherSources])).toEqual(new Set(Object.keys(withoutLocalMeaning)));
  });

  it('have the ranges and defaults of functions', () => {
    expect(cells('functions')).toMatchObject({
      Timeout: [`${range(limits.timeoutSeconds)} seconds`, String(limits.timeoutSeconds.default)],
      MemorySize: [`${range(limits.memoryMb)} MB`, String(limits.memoryMb.default)],
    });
  });

  it('have the ranges and defaults of the other settings', () => {
    expect(cells('settings')).toMatchObject({
      region: ['a region', 'us-east-1'],
      account: ['12 digits', '000000000000'],
      maximumConcurrency: [range(limits.maximumConcurrency), String(limits.maximumConcurrency.default)],
      'embedded.visibilityTimeoutSeconds': [range(limits.embeddedVisibilitySeconds), 'none'],
      'embedded.maxReceiveCount': [range(limits.embeddedMaxReceiveCount), 'none'],
      'embedded.shards': [range(limits.embeddedShards), String(limits.embeddedShards.default)],
      tumblingWindowIdleSeconds: [
        range(limits.tumblingWindowIdleSeconds),
        String(limits.tumblingWindowIdleSeconds.default),
      ],
      state: ['a folder, or dynamodb://<table>', '.millrace'],
      'journal.fileSizeMb': [range(limits.journalFileMb), String(limits.journalFileMb.default)],
      'journal.files': [range(limits.journalFiles), String(limits.journalFiles.default)],
    });
  });
});

describe('docs/semantics.md', () => {
  it('has every heading that the sources refer to', () => {
    const named = sources.flatMap((text) => [
      ...text.replaceAll(/\n\s*(?:\*|\/\/) /g, ' ').matchAll(/docs\/semantics\.md,\s+"(?<heading>[^"]+)"/g),
    ]);
    const headings = named.map(({ groups }) => groups?.['heading']);
    expect(headings.length).toBeGreaterThan(4);
    expect(headings.filter((heading) => !semantics.headings.includes(heading ?? ''))).toEqual([]);
  });

  const journalEvents = ['batch-step', 'events', 'stream-events']
    .map((name) => readFileSync(`src/journal/${name}.ts`, 'utf8'))
    .join();

  it('describes every event type of the journal', () => {
    const types = [...journalEvents.matchAll(/readonly type: '(?<type>[\w-]+)'/g)].map(([, type]) => type);
    const described = tableBelow(semantics, 'Journal').map(([type]) => type);
    expect(new Set(described)).toEqual(new Set(types));
  });

  it('names every field of an event of the journal', () => {
    const interfaces = [
      ...journalEvents.matchAll(/^(?:(?:export )?(?:interface|type) \w+ .*|\} & .*)\{\n(?<body>[\s\S]*?)^\}/gm),
    ];
    const fields = interfaces
      .flatMap(({ groups }) => [...(groups?.['body'] ?? '').matchAll(/^ {2}readonly (?<field>\w+)\??:/gm)])
      .map(([, field = '']) => field);
    const [, section = ''] = semantics.text.split(/^## Journal$/m);
    const [text = ''] = section.split(/^## /m);
    expect(fields.length).toBeGreaterThan(20);
    // The payload is in memory alone: the text says that it is never written.
    expect(fields.filter((field) => field !== 'payload' && !text.includes(`\`${field}\``))).toEqual([]);
  });

  it('describes every state of a poller', () => {
    const union = /type PollerState = (?<states>[^;]+);/.exec(journalEvents);
    const states = [...(union?.groups?.['states'] ?? '').matchAll(/'(?<state>\w+)'/g)].map(([, state]) => state);
    const described = tableBelow(semantics, 'Poller states').map(([state]) => state);
    expect(new Set(described)).toEqual(new Set(states));
  });

  it('names every state of a shard', () => {
    const union = /interface PartitionEvent \{[^}]*readonly state: (?<states>[^;]+);/.exec(journalEvents);
    const states = [...(union?.groups?.['states'] ?? '').matchAll(/'(?<state>[\w-]+)'/g)].map(([, state]) => state);
    const row = tableBelow(semantics, 'Journal').find(([type]) => type === 'partition');
    const [, named] = /state \(([^)]*)\)/.exec(row?.[2] ?? '') ?? [];
    expect(named?.split(', ')).toEqual(states);
  });
});

describe('the tables of the folders of src', () => {
  const folders = readdirSync('src', { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? entry.name : [],
  );

  it('are complete in README.md', () => {
    const named = tableBelow(readme, 'Development').map(([name = '']) => name.replace(/\/$/, ''));
    expect(named.toSorted()).toEqual(folders.toSorted());
  });

  it('are complete in docs/architecture.md, files that put the parts together included', () => {
    const files = readdirSync('src').filter((name) => name.endsWith('.ts'));
    const named = tableBelow(architecture, 'Map of `src`').flatMap(([names = '']) => names.split(', '));
    const ofFolders = named.filter((name) => name.endsWith('/')).map((name) => name.slice(0, name.indexOf('/')));
    expect([...new Set(ofFolders)].toSorted()).toEqual(folders.toSorted());
    expect(named.filter((name) => name.endsWith('.ts')).toSorted()).toEqual(files.toSorted());
  });

  it('say of imports what the test of the layout enforces', () => {
    const rules = readFileSync('test/architecture.test.ts', 'utf8').matchAll(
      /^ {2}'?(?<folder>[\w-]+)'?: \[(?<list>.*)\],$/gm,
    );
    const enforced = [...rules].map(({ groups }) => [
      groups?.['folder'],
      groups?.['list']?.replaceAll("'", '') || 'nothing',
    ]);
    const described = tableBelow(architecture, 'Which folder may import which');
    expect(described.slice(0, -2)).toEqual(enforced);
    expect(described.slice(-2).map(([who]) => who)).toEqual(['runtime, root files', 'cli']);
  });
});

describe('docs/decisions.md', () => {
  it('has the decisions that the sources refer to', () => {
    const named = sources.flatMap((text) => [...text.matchAll(/decision "(?<title>[^"]+)" in docs\/decisions\.md/g)]);
    const { headings } = readPage('docs/decisions.md');
    expect(named.map(({ groups }) => groups?.['title']).filter((title) => !headings.includes(title ?? ''))).toEqual([]);
  });

  it('gives a reason for every runtime dependency', () => {
    const { dependencies, optionalDependencies } = JSON.parse(readFileSync('package.json', 'utf8')) as Readonly<
      Record<string, Readonly<Record<string, string>>>
    >;
    const { text } = readPage('docs/decisions.md');
    const names = Object.keys({ ...dependencies, ...optionalDependencies });
    expect(names.filter((name) => !text.includes(`**${name}**`))).toEqual([]);
  });
});

describe('docker-compose.yml', () => {
  interface Service {
    readonly image: string;
    readonly ports: readonly string[];
    readonly healthcheck?: { readonly test?: unknown };
  }
  const { services } = parse(readFileSync('docker-compose.yml', 'utf8'), { merge: true }) as {
    readonly services: Readonly<Record<string, Service>>;
  };

  it.each(Object.entries(services))('pins, binds to loopback and checks %s', (_name, { image, ports, healthcheck }) => {
    expect(image).toMatch(/:v?\d+\.\d+[\w.-]*$/);
    expect(ports.filter((port) => !port.startsWith('127.0.0.1:'))).toEqual([]);
    expect(healthcheck?.test).toBeDefined();
  });
});
