import { describe, expect, it } from 'vitest';
import { eagerPackages, importCycles, readSource, unusedExports, type SourceFile } from './source-code.js';

/** A folder of files, by their names and texts. */
function folder(texts: Readonly<Record<string, string>>): readonly SourceFile[] {
  return Object.entries(texts).map(([file, text]) => readSource(`src/${file}`, text));
}

describe('packages that a file loads with itself', () => {
  it.each<[string, string, readonly string[]]>([
    ['on one line', "import { SQSClient } from '@aws-sdk/client-sqs';", ['@aws-sdk/client-sqs']],
    ['over several lines', "import {\n  SQSClient,\n} from '@aws-sdk/client-sqs';", ['@aws-sdk/client-sqs']],
    ['beside types', "import { Kafka, type KafkaConfig } from 'kafkajs';", ['kafkajs']],
    ['of which only types are left, without saying so', "import { type Channel } from 'amqplib';", ['amqplib']],
    ['as a whole', "import * as rhea from 'rhea';", ['rhea']],
    ['by their default', "import protobuf from 'protobufjs';", ['protobufjs']],
    ['for their effects', "import 'avsc';", ['avsc']],
    ['from inside a package', "import { decode } from '@kafkajs/schema/dist/x.js';", ['@kafkajs/schema']],
    ['to hand them on', "export { MongoClient } from 'mongodb';", ['mongodb']],
    ['to hand on all of them', "export * from 'mongodb';", ['mongodb']],
    ['by a call that is made at once', "const { Ajv } = await import('ajv');", ['ajv']],
    ['of the same name once', "import a from 'uuid';\nimport b from 'uuid/v7';", ['uuid']],
  ])('are found %s', (_how, text, packages) => {
    expect(eagerPackages(readSource('src/x.ts', text))).toEqual(packages);
  });

  it.each([
    ['types', "import type { SQSClient } from '@aws-sdk/client-sqs';"],
    ['types over several lines', "import type {\n  SQSClient,\n} from '@aws-sdk/client-sqs';"],
    ['types that are handed on', "export type { Channel } from 'amqplib';"],
    ['the type of a module', "const load = (): Promise<typeof import('rhea')> => import('rhea');"],
    ['what is loaded when it is needed', "async function open() {\n  return import('mongodb');\n}"],
    ['what is Node’s own', "import fs from 'node:fs';\nimport path from 'path';"],
    ['files of the project', "import { a } from './a.js';"],
    ['what only a text or a comment names', "// import 'rhea';\nconst text = `import 'rhea';`;"],
  ])('are not %s', (_what, text) => {
    expect(eagerPackages(readSource('src/x.ts', text))).toEqual([]);
  });
});

describe('files that import each other', () => {
  it.each<[string, Readonly<Record<string, string>>]>([
    ['directly', { 'a.ts': "import { b } from './b.js';", 'b.ts': "import { a } from './a.js';" }],
    ['for types alone', { 'a.ts': "import type { B } from './b.js';", 'b.ts': "import type { A } from './a.js';" }],
    [
      'when they are needed',
      { 'a.ts': "const b = () => import('./b.js');", 'b.ts': "export const load = (): typeof import('./a.js') => a;" },
    ],
  ])('are found: %s', (_how, texts) => {
    expect(importCycles(folder(texts))).toEqual([['src/a.ts', 'src/b.ts']]);
  });

  it('are found through others and across folders, once', () => {
    const files = folder({
      'a.ts': "import { b } from './in/b.js';",
      'in/b.ts': "import { c } from './c.js';",
      'in/c.ts': "import { a } from '../a.js';",
      'd.ts': "import { a } from './a.js';",
    });
    expect(importCycles(files)).toEqual([['src/a.ts', 'src/in/b.ts', 'src/in/c.ts']]);
  });

  it('are none where imports point one way', () => {
    expect(importCycles(folder({ 'a.ts': "import { b } from './b.js';", 'b.ts': 'export const b = 1;' }))).toEqual([]);
  });
});

describe('exports that nobody imports', () => {
  it.each<[string, string]>([
    ['a constant', 'export const a = 1;'],
    ['a function', 'export async function a() {}'],
    ['a class', 'export class a {}'],
    ['an interface', 'export interface a {}'],
    ['a type', 'export type a = string;'],
    ['a list at the end', 'const a = 1;\nexport { a };'],
    ['another file’s', "export { a } from 'somewhere';"],
    ['what only its own file uses', 'export const a = 1;\nconst b = a;'],
  ])('are found: %s', (_what, text) => {
    expect(unusedExports(folder({ 'a.ts': text, 'b.ts': "import { other } from './a.js';" }))).toEqual(['src/a.ts: a']);
  });

  it.each([
    ['by its name', "import { a } from './a.js';"],
    ['under another name', "import { a as b } from './a.js';"],
    ['as a type', "import type { a } from './a.js';"],
    ['with everything', "import * as all from './a.js';"],
    ['to hand it on', "export { a } from './a.js';"],
    ['when it is needed', "async function f() {\n  const { a } = await import('./a.js');\n}"],
    ['when it is needed, as a whole', "const f = () => import('./a.js');"],
  ])('are not those that another file imports %s', (_how, text) => {
    expect(unusedExports(folder({ 'a.ts': 'export const a = 1;', 'b.ts': text }))).not.toContain('src/a.ts: a');
  });

  it('count a test as an importer where the file itself uses them as well', () => {
    const files = folder({ 'a.ts': 'export const limit = 1;\nexport const dead = 2;\nconst two = 2 * limit;' });
    const tests = [readSource('test/a.test.ts', "import { dead, limit } from '../src/a.js';")];
    expect(unusedExports(files, tests)).toEqual(['src/a.ts: dead']);
  });
});

describe('lengths', () => {
  const { classes, functions } = readSource(
    'src/x.ts',
    [
      'export class Poller {',
      '  /** Says why. */',
      '',
      '  poll(): void {',
      '    // nothing',
      '  }',
      '}',
      'const arrow = () => ({',
      '  a: 1,',
      '});',
      'export default function () {}',
    ].join('\n'),
  );

  it('of classes count their comments and blank lines', () => {
    expect(classes).toEqual([{ name: 'Poller', lines: 7 }]);
  });

  it('of functions are those of methods and arrows as well', () => {
    expect(functions).toEqual([
      { name: 'poll', lines: 3 },
      { name: 'arrow', lines: 3 },
      { name: 'without a name', lines: 1 },
    ]);
  });
});
