import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { eagerPackages, importCycles, importedFiles, readSource, unusedExports } from './support/source-code.js';

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

/** Folders that the rest of their folder must not know. */
const innerRooms = ['src/state/dynamodb/'];

/** Only these may look at the time, set timers, or use chance. */
const doorsToTimeAndChance = ['src/platform/clock.ts', 'src/platform/random.ts'];
const timeOrChance =
  /\b(?:Date\.now|setTimeout|setInterval|AbortSignal\.timeout|Math\.random)\(|\bnew Date\(\)|timers\/promises/;

/** Packages that are small enough to be loaded by whoever names them. All others are loaded when they are needed. */
const lightPackages = new Set([
  '@hono/node-server',
  'cli-table3',
  'commander',
  'hono',
  'leven',
  'p-limit',
  'picocolors',
  'rotating-file-stream',
  'uuid',
  'yaml',
  'zod',
]);

const mostLinesOfAClass = 250;
const mostLinesOfAFunction = 60;
/** A suite is one function by its nature: each of its rules is a call of its own. */
const suites = ['src/testing/queue-source-contract.ts', 'src/testing/stream-source-contract.ts'];

/** What is imported from outside of `src`, or loaded by Node itself. */
const entryPoints = [
  'src/cli/main.ts',
  'src/functions/environment/bootstrap.ts',
  'src/functions/environment/import-recorder.ts',
  'src/index.ts',
  'src/testing/index.ts',
];

const root = path.resolve('.');

function filesIn(folder: string) {
  return readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.includes('node_modules'))
    .map((file) => path.posix.join(folder, ...file.split(path.sep)))
    .map((file) => {
      const text = readFileSync(path.join(root, file), 'utf8');
      return { ...readSource(file, text), text };
    });
}

const files = filesIn('src');

/** Of an export without importers: somebody outside of `src` imports it. */
function isKnown(name: string): boolean {
  return entryPoints.some((file) => name.startsWith(`${file}: `));
}

/** `.` for files that are in no folder of `src`. */
const folderOf = (file: string): string => (file.split('/').length > 2 ? (file.split('/')[1] ?? '') : '.');

describe('the layout of src', () => {
  it('has no folder without an import rule', () => {
    const known = new Set([...Object.keys(mayImport), ...composition]);
    expect(files.map(({ file }) => folderOf(file)).filter((folder) => !known.has(folder))).toEqual([]);
  });

  it.each(files.filter(({ file }) => !composition.includes(folderOf(file))))(
    '$file imports only what its folder may',
    (source) => {
      const folder = folderOf(source.file);
      const allowed = new Set([folder, ...(mayImport[folder] ?? [])]);
      const others = importedFiles(source).filter(({ target }) => !allowed.has(folderOf(target)));
      expect(others.map(({ target }) => target)).toEqual([]);
    },
  );

  it('lets nothing but the commands import a command', () => {
    const importers = files.filter(
      (source) =>
        folderOf(source.file) !== 'cli' && importedFiles(source).some(({ target }) => folderOf(target) === 'cli'),
    );
    expect(importers.map(({ file }) => file)).toEqual([]);
  });

  it.each(innerRooms)('knows nothing of %s in the folder around it', (room) => {
    const around = path.posix.dirname(room);
    const importers = files.filter(
      (source) =>
        source.file.startsWith(`${around}/`) &&
        !source.file.startsWith(room) &&
        importedFiles(source).some(({ target }) => target.startsWith(room)),
    );
    expect(importers.map(({ file }) => file)).toEqual([]);
  });

  it('has no files that import each other, be it only types', () => {
    expect(importCycles(files).map((group) => group.join(' ⇄ '))).toEqual([]);
  });

  it('has no export that nobody imports', () => {
    const unused = unusedExports(files, [...filesIn('test'), ...filesIn('bench')]);
    expect(unused.filter((name) => !isKnown(name))).toEqual([]);
  });
});

describe('the files of src', () => {
  it('take time and chance from platform/clock.ts and platform/random.ts alone', () => {
    const others = files.filter(({ file, text }) => !doorsToTimeAndChance.includes(file) && timeOrChance.test(text));
    expect(others.map(({ file }) => file)).toEqual([]);
  });

  it('load packages that are not light only when they are needed', () => {
    const eager = files.flatMap((source) =>
      eagerPackages(source)
        .filter((name) => !lightPackages.has(name))
        .map((name) => `${source.file}: ${name}`),
    );
    expect(eager).toEqual([]);
  });

  const descriptions = files.filter(({ file }) => /^src\/sources\/.*description\.ts$/.test(file));
  it.each(descriptions)('$file imports neither a client nor what reads its source', ({ text }) => {
    expect(descriptions.length).toBeGreaterThan(6);
    const imported = [...text.matchAll(/from '([^']+)'/g)].map(([, specifier = '']) => specifier);
    const light = /^(?:\.\.\/)+(?:contracts|filters)\/[\w-]+\.js$|\/description\.js$/;
    expect(imported.filter((specifier) => !light.test(specifier))).toEqual([]);
  });

  const definitions = files.filter(({ file }) => /^src\/sources\/.*definition\.ts$/.test(file));
  it.each(definitions)('$file loads what reads its source only when a mapping needs it', ({ text }) => {
    const heavy = /^import (?!type)[^;]*from '\.\/(?!description\.js)/gm;
    expect(text.match(heavy) ?? []).toEqual([]);
  });

  it(`have no class over ${mostLinesOfAClass} lines and no function over ${mostLinesOfAFunction}`, () => {
    const long = files
      .filter(({ file }) => !suites.includes(file))
      .flatMap(({ file, classes, functions }) => [
        ...classes.filter(({ lines }) => lines > mostLinesOfAClass).map(({ name }) => `class ${name} of ${file}`),
        ...functions.filter(({ lines }) => lines > mostLinesOfAFunction).map(({ name }) => `${name} of ${file}`),
      ]);
    expect(long.toSorted()).toEqual([]);
  });

  it('have names that tell of a concept', () => {
    expect(
      files
        .map(({ file }) => path.basename(file))
        .filter((name) => /^(?:utils?|helpers?|common|misc|manager)\.ts$/.test(name)),
    ).toEqual([]);
  });
});
