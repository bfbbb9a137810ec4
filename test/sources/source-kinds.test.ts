import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { sourceTypes } from '../../src/contracts/source-description.js';

// Adding a source must not mean to visit all who tell sources apart: only these may. `state` has kinds of stores, one of
// which is a table of DynamoDB.
const mayTellApart = ['sources', path.join('mappings', 'rules'), 'destinations', 'state'];

const kinds = [...sourceTypes, 'mq', 'custom', 'sns', 's3'];
const literal = `'(?:${kinds.join('|')})'`;
/** What holds the kind of a source, by its name. Checkpoints have kinds of their own. */
const subject = String.raw`(?<!checkpoints\.)\b(?:kind|type|sourceType|of)`;
/** Services of AWS have tables of their own, of addresses; these are of no service. */
const withoutService = `(?:msk|self-managed-kafka|mq|activemq|rabbitmq|documentdb|custom)`;

const comparisons = [
  new RegExp(`${subject}\\)?\\s*[!=]==\\s*${literal}`, 'g'),
  new RegExp(`${literal}\\s*[!=]==\\s*[\\w.]*${subject}\\b`, 'g'),
  // Lists of kinds, and tables of them: switches in another form.
  new RegExp(`\\[[^\\]]*'${withoutService}'[^\\]]*\\]\\s*(?:\\.includes|;)`, 'g'),
  new RegExp(`^\\s+'?${withoutService}'?:\\s(?!string|number)`, 'gm'),
];

/** Where a text tells kinds of sources apart. */
function places(text: string): readonly string[] {
  const switches = [...text.matchAll(/switch \(([^)]+)\) \{([\s\S]*?)\n\s*default:/g)].flatMap(
    ([, on = '', cases = '']) =>
      new RegExp(`${subject}$`).test(on) ? (cases.match(new RegExp(`case ${literal}`, 'g')) ?? []) : [],
  );
  return [...switches, ...comparisons.flatMap((pattern) => text.match(pattern) ?? [])].map((found) => found.trim());
}

const files = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts') && !mayTellApart.some((folder) => file.startsWith(folder + path.sep)))
  .map((file) => ({ file, text: readFileSync(path.join('src', file), 'utf8') }));

describe('kinds of sources and destinations are told apart', () => {
  it('nowhere but where they are described, and in the rules of AWS', () => {
    const found = files.flatMap(({ file, text }) => places(text).map((place) => `${file}: ${place}`));
    // The list of all kinds itself.
    expect(found.filter((place) => !place.startsWith(path.join('contracts', 'source-description.ts')))).toEqual([]);
  });

  it.each([
    "if (source.kind === 'sqs') return 1;",
    "return ref.kind !== 'self-managed-kafka' ? a : b;",
    "const isCustom = 'custom' === source.kind;",
    "const group = sourceType === 'kinesis' ? a : b;",
    "switch (source.kind) {\n  case 'dynamodb':\n    return 1;\n  default:\n}",
    "switch (type) {\n  case 'a':\n  case 'rabbitmq':\n    return 1;\n  default:\n}",
    "if (['msk', 'mq'].includes(source.kind)) return 1;",
    'const labels = {\n  sqs: 1,\n  mq: 2,\n};',
    "const labels = {\n  'self-managed-kafka': 1,\n};",
  ])('as here: %j', (text) => {
    expect(places(text)).not.toEqual([]);
  });

  it.each([
    "const place = reach('sqs', source);",
    "if (checkpoints.kind === 'dynamodb') return 1;",
    "if (reached.kind === 'own') return 1;",
    "switch (address.target) {\n  case 'custom':\n    return 1;\n  default:\n}",
    "servedBy(mappings, 'kinesis')",
  ])('but not here: %j', (text) => {
    expect(places(text)).toEqual([]);
  });
});
