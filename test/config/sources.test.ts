import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ConfigurationInput } from '../../src/config/input.js';
import { loadConfiguration, loadInput } from '../../src/config/load.js';
import { temporaryFolders } from './temporary-folder.js';

const open = (): never => {
  throw new Error('not opened here');
};
const folder = temporaryFolders();

const source = (name: string, more = '') =>
  `export default { name: '${name}', kind: 'stream', open() { throw new Error('not opened here'); }, ${more} };\n`;
const typed = `interface Made { readonly name: string; readonly kind: 'queue'; open(): never }
const made: Made = { name: 'inbox', kind: 'queue', open: () => { throw new Error('not opened here'); } };
export default made;\n`;
const yaml = (...sources: readonly string[]) => `sources: [${sources.join(', ')}]
functions: { f: { Handler: a.handler } }
mappings:
  - FunctionName: f
    EventSourceArn: arn:millrace:lines:us-east-1:000000000000:log.jsonl
`;

async function refusal(loading: Promise<unknown>): Promise<string> {
  const error: unknown = await loading.catch((thrown: unknown) => thrown);
  return error instanceof Error ? error.message : 'accepted';
}

describe('sources that a configuration names', () => {
  it('are loaded from modules of JavaScript and TypeScript, relative to the file', async () => {
    const where = await folder({
      'lines.mjs': source('lines', 'async send() { return ["1"]; }'),
      'inbox.ts': typed,
      'millrace.yaml': yaml('./lines.mjs', 'inbox.ts'),
    });
    const { sources, mappings, notices } = await loadConfiguration(where, { env: {} });
    expect([...sources.keys()]).toEqual(['lines', 'inbox']);
    const lines = sources.get('lines');
    expect(await lines?.send?.({ arn: '', region: '', account: '', id: '' }, [], {} as never)).toEqual(['1']);
    expect(mappings).toMatchObject([
      { kind: 'stream', name: 'log.jsonl', source: { kind: 'custom', source: 'lines', id: 'log.jsonl' } },
    ]);
    expect(notices).toEqual(['sources[1] has no effect: no mapping reads inbox']);
  });

  it('are loaded for a configuration that is an object, together with those that are objects', async () => {
    const root = await folder({ 'lines.mjs': source('lines') });
    const input: ConfigurationInput = { sources: ['lines.mjs', { name: 'inbox', kind: 'queue', open }] };
    expect([...(await loadInput(input, { root })).sources.keys()]).toEqual(['lines', 'inbox']);
  });

  it('are loaded from paths that a module of a configuration computes', async () => {
    const where = await folder({
      'lines.mjs': source('lines'),
      'millrace.mjs': 'export default { sources: [new URL("lines.mjs", import.meta.url).pathname] };',
    });
    expect((await loadConfiguration(where, { env: {} })).sources.has('lines')).toBe(true);
  });

  const rows: readonly { file: string; text: string; says: string }[] = [
    { file: 'lines.mjs', text: 'throw new Error("no disk");', says: 'could not be loaded: no disk, got "lines.mjs"' },
    {
      file: 'lines.mjs',
      text: 'export const a = 1;',
      says: 'has no default export; write: export default defineSource({ … }), got "lines.mjs"',
    },
    {
      file: 'lines.txt',
      text: '',
      says: 'must be the path of a module that ends in .ts, .mts, .js or .mjs, got "lines.txt"',
    },
  ];
  it.each(rows)(
    'are refused where they stand, and nothing is said of the mappings that name them: $says',
    async (row) => {
      const where = await folder({ [row.file]: row.text, 'millrace.yaml': yaml(row.file) });
      expect(await refusal(loadConfiguration(where, { env: {} }))).toBe(
        `${path.join(where, 'millrace.yaml')}:1:11: sources[0] ${row.says}`,
      );
    },
  );

  it('are refused when there is no such file', async () => {
    const where = await folder({ 'millrace.yaml': yaml('./nowhere.mjs') });
    expect(await refusal(loadConfiguration(where, { env: {} }))).toContain(
      `millrace.yaml:1:11: sources[0] does not exist: there is no ${path.join(where, 'nowhere.mjs')}, got "./nowhere.mjs"`,
    );
  });

  it('are checked when they have been loaded', async () => {
    const where = await folder({
      'lines.mjs': source('lines').replace('stream', 'topic'),
      'millrace.yaml': yaml('./lines.mjs'),
    });
    expect(await refusal(loadConfiguration(where, { env: {} }))).toContain(
      'millrace.yaml:1:11: sources[0].kind must be one of stream, queue, got "topic"',
    );
  });

  const wrongTraits: readonly { traits: string; says: string }[] = [
    { traits: '"fast"', says: 'traits must be an object, such as { batchSize: 50 }, got "fast"' },
    { traits: '{ batchSize: 0 }', says: 'traits.batchSize must be a whole number from 1 to 10000, got 0' },
    { traits: '{ windowMs: -1 }', says: 'traits.windowMs must be a whole number from 0 to 300000, got -1' },
    { traits: '{ sendFields: ["color"] }', says: 'traits.sendFields[0] must be one of attributes, delaySeconds' },
    { traits: '{ concurrency: 5 }', says: 'traits.concurrency must be an object with initial, floor and growEveryMs' },
    {
      traits: '{ filter: { dataKey: "a", mismatch: "no-match" } }',
      says: 'traits.filter.view is missing; it must be a function that shows a record to filters',
    },
    {
      traits: '{ parameters: "sqs" }',
      says: 'traits.parameters must be one of kinesis, dynamodb, msk, documentdb for a stream, got "sqs"',
    },
  ];
  it.each(wrongTraits)('are checked in what they say of themselves: $traits', async ({ traits, says }) => {
    const where = await folder({
      'lines.mjs': source('lines', `traits: ${traits}`),
      'millrace.yaml': yaml('./lines.mjs'),
    });
    expect(await refusal(loadConfiguration(where, { env: {} }))).toContain(`sources[0].${says}`);
  });

  it('and that are wrong for an object are told as for a file', async () => {
    expect(await refusal(loadInput({ sources: ['./nowhere.ts'], region: 'x y' }, { root: '/nowhere' }))).toBe(
      [
        'configuration has 2 problems:',
        '  configuration: sources[0] does not exist: there is no /nowhere/nowhere.ts, got "./nowhere.ts"',
        '  configuration: region must be an AWS Region such as us-east-1, 1 to 32 characters long, got "x y"',
      ].join('\n'),
    );
  });
});
