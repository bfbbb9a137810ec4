import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';

/** Which folder of `src` may import from which others. `runtime` puts the parts together and may import all. */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  platform: [],
  contracts: ['platform'],
  filters: ['platform', 'contracts'],
  journal: ['platform', 'contracts'],
  readers: ['platform', 'contracts', 'journal'],
  functions: ['platform', 'journal'],
  delivery: ['platform', 'journal', 'contracts', 'filters', 'functions'],
  aws: ['platform', 'contracts'],
  sources: ['platform', 'contracts', 'filters', 'aws'],
  destinations: ['platform', 'contracts', 'aws'],
  mappings: ['platform', 'contracts', 'filters'],
  'control-plane': ['platform', 'journal', 'readers', 'delivery', 'mappings'],
  config: ['platform', 'mappings', 'functions', 'contracts', 'sources', 'destinations'],
  state: ['platform', 'contracts', 'aws', 'mappings'],
  testing: ['platform', 'contracts'],
  emulators: ['platform', 'contracts', 'mappings', 'functions'],
  api: ['platform', 'journal', 'readers', 'mappings', 'functions', 'control-plane'],
};
const composition = ['cli', 'runtime', '.'];

/** Only these may look at the time, set timers, or use chance. */
const doorsToTimeAndChance = [path.join('platform', 'clock.ts'), path.join('platform', 'random.ts')];
const timeOrChance =
  /\b(?:Date\.now|setTimeout|setInterval|AbortSignal\.timeout|Math\.random)\(|\bnew Date\(\)|timers\/promises/;

/** Client libraries are loaded only when a mapping needs them, and known to their source alone. */
const clientLibraries = /from '(?:@aws-sdk\/|@smithy\/|classic-level|kafkajs|amqplib)/;

const root = path.resolve('src');
const files = readdirSync(root, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .map((file) => ({ file, text: readFileSync(path.join(root, file), 'utf8') }));

const folderOf = (file: string): string => (file.includes(path.sep) ? (file.split(path.sep)[0] ?? '') : '.');

function importedFolders(file: string, text: string): readonly string[] {
  const specifiers = [...text.matchAll(/(?:from|import)\s*\(?'(\.[^']+)'/g)].map(([, specifier = '']) => specifier);
  return specifiers.map((specifier) =>
    folderOf(path.relative(root, path.resolve(root, path.dirname(file), specifier))),
  );
}

describe('the layout of src', () => {
  it('has no folder without an import rule', () => {
    const known = new Set([...Object.keys(mayImport), ...composition]);
    expect(files.map(({ file }) => folderOf(file)).filter((folder) => !known.has(folder))).toEqual([]);
  });

  it.each(files.filter(({ file }) => !composition.includes(folderOf(file))))(
    '$file imports only what its folder may',
    ({ file, text }) => {
      const folder = folderOf(file);
      const allowed = new Set([folder, ...(mayImport[folder] ?? [])]);
      expect(importedFolders(file, text).filter((target) => !allowed.has(target))).toEqual([]);
    },
  );

  it('lets nothing but the commands import a command', () => {
    const importers = files.filter(
      ({ file, text }) => folderOf(file) !== 'cli' && importedFolders(file, text).includes('cli'),
    );
    expect(importers.map(({ file }) => file)).toEqual([]);
  });

  it('takes time and chance from platform/clock.ts and platform/random.ts alone', () => {
    const others = files.filter(({ file, text }) => !doorsToTimeAndChance.includes(file) && timeOrChance.test(text));
    expect(others.map(({ file }) => file)).toEqual([]);
  });

  it('imports client libraries as types, or when they are needed', () => {
    const eager = files.flatMap(({ file, text }) =>
      text
        .split('\n')
        .filter((line) => clientLibraries.test(line) && !line.startsWith('import type') && !line.startsWith('} from'))
        .map((line) => `${file}: ${line}`),
    );
    expect(eager).toEqual([]);
  });

  const descriptions = files.filter(({ file }) => /^sources[/\\].*description\.ts$/.test(file));
  it.each(descriptions)('$file imports neither a client nor what reads its source', ({ text }) => {
    expect(descriptions.length).toBeGreaterThan(6);
    const imported = [...text.matchAll(/from '([^']+)'/g)].map(([, specifier = '']) => specifier);
    const light = /^(?:\.\.\/)+(?:contracts|filters)\/[\w-]+\.js$|\/description\.js$/;
    expect(imported.filter((specifier) => !light.test(specifier))).toEqual([]);
  });

  const definitions = files.filter(({ file }) => /^sources[/\\].*definition\.ts$/.test(file));
  it.each(definitions)('$file loads what reads its source only when a mapping needs it', ({ text }) => {
    const heavy = /^import (?!type)[^;]*from '\.\/(?!description\.js)/gm;
    expect(text.match(heavy) ?? []).toEqual([]);
  });

  it('has no file over 300 lines', () => {
    const long = files
      .map(({ file, text }) => ({ file, lines: text.split('\n').length }))
      .filter(({ lines }) => lines > 300);
    expect(long).toEqual([]);
  });

  it('has no file whose name says that no concept was found', () => {
    expect(
      files
        .map(({ file }) => path.basename(file))
        .filter((name) => /^(?:utils?|helpers?|common|misc|manager)\.ts$/.test(name)),
    ).toEqual([]);
  });
});
