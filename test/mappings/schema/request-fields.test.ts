import { describe, expect, it } from 'vitest';
import { problemsOf } from '../../../src/mappings/schema/fields.js';
import { sentence } from '../../../src/mappings/schema/problem.js';
import { requestFields } from '../../../src/mappings/schema/request-fields.js';
import { mappingSchema, updateSchema } from '../../../src/mappings/schema/request-schema.js';

/** As a body comes in: `__proto__` is a name like any other. */
const parsed = (text: string): unknown => JSON.parse(text);

const wrongInUpdate = (body: unknown): readonly string[] =>
  problemsOf(updateSchema, body).map((problem) => sentence(problem));

describe('a request is read', () => {
  it('without what is null, at every depth', () => {
    const body = {
      FunctionName: 'f',
      Enabled: null,
      FilterCriteria: { Filters: [null, { Pattern: null }, { Pattern: '{}' }] },
      Tags: { a: null, b: 'c' },
    };
    expect(requestFields(body)).toEqual({
      FunctionName: 'f',
      FilterCriteria: { Filters: [{}, { Pattern: '{}' }] },
      Tags: { b: 'c' },
    });
  });

  it.each([null, undefined])('as an empty one when there is none: %s', (body) => {
    expect(requestFields(body)).toEqual({});
  });

  it('without what the schema does not know, at every depth', () => {
    const body = {
      FunctionName: 'f',
      Colour: 'red',
      ScalingConfig: { MaximumConcurrency: 2, Minimum: 1 },
      FilterCriteria: { Filters: [{ Pattern: '{}', Name: 'n' }] },
      Tags: { anything: 'goes' },
    };
    expect(requestFields(body, mappingSchema)).toEqual({
      FunctionName: 'f',
      ScalingConfig: { MaximumConcurrency: 2 },
      FilterCriteria: { Filters: [{ Pattern: '{}' }] },
      Tags: { anything: 'goes' },
    });
  });

  it('with the wrong types that it has, for the schema to find', () => {
    const body = { FunctionName: ['f'], ScalingConfig: [{ x: 1 }], Topics: { a: 1 }, FilterCriteria: 'x' };
    expect(requestFields(body, mappingSchema)).toEqual(body);
  });

  it('without a fixed parameter, when it is an update', () => {
    const body = { BatchSize: 5, EventSourceArn: 7, StartingPosition: 'LATEST', Tags: {}, Topics: ['a'] };
    expect(requestFields(body, updateSchema)).toEqual({ BatchSize: 5 });
  });

  it('with names that mean something to JavaScript, without changing anything by them', () => {
    const text = '{"Tags":{"__proto__":"x","constructor":"y"}}';
    expect(JSON.stringify(requestFields(parsed(text), mappingSchema))).toBe(text);
    expect(requestFields(parsed('{"__proto__":{"polluted":true},"constructor":1}'), mappingSchema)).toEqual({});
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });

  it('however deep it is', () => {
    const deep = parsed(`${'['.repeat(10_000)}${']'.repeat(10_000)}`);
    const deeper = parsed(`${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`);
    const body = {
      FunctionName: deeper,
      Topics: deep,
      FilterCriteria: deeper,
      Tags: deeper,
      SourceAccessConfigurations: deep,
    };
    const told = problemsOf(mappingSchema, requestFields(body)).map((problem) => sentence(problem));
    expect(told).toContain('Topics[0] must be the name of a topic, 1 to 249 characters long, got a list of 1');
  });
});

describe('an update', () => {
  it('needs nothing', () => {
    expect(wrongInUpdate({})).toEqual([]);
    expect(wrongInUpdate({ FunctionName: undefined })).toEqual([]);
  });

  it('has the ranges of a new mapping', () => {
    expect(wrongInUpdate({ FunctionName: '', BatchSize: 0 })).toEqual([
      'FunctionName must be a function name or ARN, 1 to 256 characters long, got ""',
      'BatchSize must be a whole number from 1 to 10000, got 0',
    ]);
  });

  it('knows no parameter that is fixed', () => {
    const found = problemsOf(updateSchema, { EventSourceArn: 'arn:aws:sqs:us-east-1:000000000000:q' });
    expect(found.map(({ about, aws }) => ({ about, aws }))).toEqual([{ about: 'unknown-key', aws: undefined }]);
  });
});
