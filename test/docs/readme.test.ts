import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { parseConfiguration } from '../../src/config/parse.js';
import { readDocument } from '../../src/config/document.js';
import type { ConfigurationInput } from '../../src/config/input.js';
import { limits } from '../../src/config/schema.js';
import { loadConfiguration } from '../../src/config/load.js';
import {
  acceptance,
  batching,
  parameterNames,
  pollers,
  ranges,
  responseTypes,
  withoutLocalMeaning,
} from '../../src/mappings/parameters.js';
import { brokenLinks, readPage, tableBelow, tableOf } from './markdown.js';

const readme = readPage('README.md');
const semantics = readPage('docs/semantics.md');
const pages = [
  readme,
  semantics,
  readPage('docs/decisions.md'),
  readPage('docs/architecture.md'),
  readPage('CHANGELOG.md'),
];

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
      'test/docs/library-example.test.ts',
    ]);
  });

  it.each(copies)('from $comment are what is in it', ({ code, comment = '' }) => {
    expect(code).toBe(readFileSync(comment, 'utf8'));
  });

  it.each(
    readme.blocks.filter(
      ({ language, comment }) => language === 'yaml' && comment !== 'not a configuration of millrace',
    ),
  )('in YAML are valid configurations: $code', ({ code }) => {
    const { input, problems } = readDocument(code, 'snippet', {});
    expect(problems).toEqual([]);
    expect(parseConfiguration(input as ConfigurationInput, { root: '.' }).notices).toEqual([]);
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
    const fifo = batching['sqs-fifo'].batchSize.max;
    expect(cells('mappings')).toEqual({
      FunctionName: ['name, name:qualifier, full or partial ARN', 'required'],
      EventSourceArn: ['arn:aws:sqs:<region>:<account>:<queue>', 'required'],
      Enabled: ['true, false', 'true'],
      BatchSize: [`${range(ranges.batchSize)}; FIFO 1 to ${fifo}`, String(batching.sqs.batchSize.default)],
      MaximumBatchingWindowInSeconds: [
        `${range(ranges.windowSeconds)}; not FIFO`,
        String((batching.sqs.window?.defaultMs ?? 0) / 1_000),
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
      MetricsConfig: ['empty', 'none'],
    });
  });

  it('name every parameter that SQS mappings take, and the text below every one that they refuse', () => {
    const named = new Set(tableOf(readme, 'mappings').map(([name = '']) => name.split('.')[0]));
    const refusals = /Every other parameter is refused with an error that names it: (?<list>[^.]*)\./.exec(readme.text);
    const refused = [...(refusals?.groups?.['list'] ?? '').matchAll(/`(?<name>\w+)`/g)].map(([, name]) => name);
    for (const parameter of parameterNames) {
      const taken = acceptance(parameter, 'sqs') !== '-';
      expect({ parameter, inTable: named.has(parameter), inRefusals: refused.includes(parameter) }).toEqual({
        parameter,
        inTable: taken,
        inRefusals: !taken,
      });
    }
  });

  it('say which parameters have no effect', () => {
    const silent = ['mappings', 'functions'].flatMap((table) =>
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

  it('describes every event type of the journal', () => {
    const events = readFileSync('src/journal/events.ts', 'utf8');
    const types = [...events.matchAll(/readonly type: '(?<type>[\w-]+)'/g)].map(([, type]) => type);
    const described = tableBelow(semantics, 'Journal').map(([type]) => type);
    expect(new Set(described)).toEqual(new Set(types));
  });

  it('describes every state of a poller', () => {
    const union = /type PollerState = (?<states>[^;]+);/.exec(readFileSync('src/journal/events.ts', 'utf8'));
    const states = [...(union?.groups?.['states'] ?? '').matchAll(/'(?<state>\w+)'/g)].map(([, state]) => state);
    const described = tableBelow(semantics, 'Poller states').map(([state]) => state);
    expect(new Set(described)).toEqual(new Set(states));
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
