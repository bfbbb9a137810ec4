import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { problemsOf } from '../../../src/mappings/schema/fields.js';
import { modelOf } from '../../../src/mappings/schema/field-model.js';
import { parameterNames } from '../../../src/mappings/schema/parameters.js';
import { awsErrorOf, sentence, type Problem } from '../../../src/mappings/schema/problem.js';
import { requestFields } from '../../../src/mappings/schema/request-fields.js';
import { mappingSchema, tagsSchema, updateSchema } from '../../../src/mappings/schema/request-schema.js';

/** The names of all members of a schema, at every depth. */
function names(schema: Parameters<typeof modelOf>[0]): readonly string[] {
  const model = modelOf(schema);
  switch (model?.kind) {
    case 'structure':
      return Object.entries(model.members).flatMap(([name, member]) => [name, ...names(member)]);
    case 'list':
      return names(model.item);
    case 'map':
      return names(model.value);
    case 'scalar':
    case undefined:
    default:
      return [];
  }
}

const keys = fc.constantFrom(
  ...new Set(names(mappingSchema)),
  'KAFKA_BOOTSTRAP_SERVERS',
  '__proto__',
  'constructor',
  '',
  'x',
);
const scalars = fc.oneof(
  fc.constantFrom<unknown>(null, true, 0, -1, 1.5, 1e300, 2 ** 31, '', 'a b', 'LATEST', '\ud800', '//u:p@h', 'f:1'),
  fc.string({ unit: 'binary' }),
  fc.integer(),
);

/** As `JSON.parse` makes objects: `__proto__` is a name like any other. */
function asSent(pairs: readonly (readonly [string, unknown])[]): unknown {
  return JSON.parse(`{${pairs.map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`).join(',')}}`);
}

const { body } = fc.letrec<{ node: unknown; body: unknown }>((tie) => ({
  node: fc.oneof({ maxDepth: 4 }, scalars, fc.array(tie('node'), { maxLength: 3 }), tie('body')),
  body: fc.array(fc.tuple(keys, tie('node')), { maxLength: 5 }).map(asSent),
}));

const anything = fc.oneof({ weight: 4, arbitrary: body }, { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 2 }) });
const schemas = fc.constantFrom(mappingSchema, updateSchema, tagsSchema);
const isObject = (value: unknown): boolean => typeof value === 'object' && value !== null && !Array.isArray(value);

/** AWS names parameters in lower camel case. */
const parameters = new Set(parameterNames.map((name) => name.charAt(0).toLowerCase() + name.slice(1)));

function parameterIn(message: string): string {
  return / at '([a-zA-Z]+)[.']/.exec(message)?.[1] ?? '';
}

const isAbout = ({ path }: Problem, parameter: string): boolean =>
  String(path[0]).toLowerCase() === parameter.toLowerCase();

describe('whatever is sent', () => {
  it('is accepted, or refused by AWS for a parameter that it names', () => {
    fc.assert(
      fc.property(schemas, anything, (schema, sent) => {
        const input = requestFields(sent, schema);
        for (const problem of problemsOf(schema, input)) {
          const { code, message } = problem.aws ?? awsErrorOf([problem]);
          expect(['ValidationException', 'SerializationException']).toContain(code);
          if (!isObject(input)) continue;
          expect(parameters).toContain(parameterIn(message));
          expect(isAbout(problem, parameterIn(message))).toBe(true);
        }
      }),
      { numRuns: 1_000 },
    );
  });

  it('is refused in one error, and for a file in sentences', () => {
    fc.assert(
      fc.property(schemas, anything, (schema, sent) => {
        const problems = problemsOf(schema, requestFields(sent));
        expect(problems.map((problem) => sentence(problem)).filter((text) => text.length > 1_500)).toEqual([]);
        expect(awsErrorOf(problems).status).toBe(400);
      }),
      { numRuns: 1_000 },
    );
  });

  it('is accepted without its unknown fields exactly when these are all that is wrong', () => {
    fc.assert(
      fc.property(schemas, anything, (schema, sent) => {
        const known = problemsOf(schema, requestFields(sent, schema));
        const all = problemsOf(schema, requestFields(sent));
        expect(all.every(({ about }) => about === 'unknown-key')).toBe(known.length === 0);
      }),
      { numRuns: 1_000 },
    );
  });

  it('leaves what objects inherit as it is', () => {
    const before = Object.getOwnPropertyNames(Object.prototype);
    fc.assert(
      fc.property(anything, (sent) => {
        problemsOf(mappingSchema, requestFields(sent, mappingSchema));
        expect(Object.getOwnPropertyNames(Object.prototype)).toEqual(before);
      }),
    );
  });
});

describe('a request of six megabytes', () => {
  const megabytes = 6_000_000;
  const many = <T>(bytes: number, value: T): readonly T[] =>
    Array.from({ length: Math.floor(megabytes / bytes) }, () => value);
  const rows: readonly { of: string; sent: () => unknown }[] = [
    { of: 'one text', sent: () => ({ FunctionName: '/'.repeat(megabytes) }) },
    {
      of: 'one host',
      sent: () => ({
        SelfManagedEventSource: { Endpoints: { KAFKA_BOOTSTRAP_SERVERS: ['a.'.repeat(megabytes / 2)] } },
      }),
    },
    { of: 'numbers in place of texts', sent: () => ({ Topics: many(2, 1) }) },
    { of: 'empty filters', sent: () => ({ FilterCriteria: { Filters: many(3, {}) } }) },
    { of: 'one unknown name', sent: () => ({ ['B'.repeat(megabytes)]: 1 }) },
    { of: 'unknown names', sent: () => Object.fromEntries(many(10, 0).map((_, index) => [`k${index}`, 1])) },
    { of: 'tags', sent: () => ({ Tags: Object.fromEntries(many(30, 0).map((_, index) => [`k${index}`, index])) }) },
  ];
  it.each(rows)('is read, and refused in few words: $of', { timeout: 30_000 }, ({ sent }) => {
    const problems = problemsOf(mappingSchema, requestFields(sent(), mappingSchema));
    expect(problems.length).toBeGreaterThan(0);
    expect(problems.length).toBeLessThan(200);
    expect(awsErrorOf(problems).message.length).toBeLessThan(2_000);
  });
});
