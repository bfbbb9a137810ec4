import type { QueueMapping } from '../../src/mappings/event-source-mapping.js';
import { withNames } from '../../src/mappings/identity.js';
import { parseMapping, type MappingWorld } from '../../src/mappings/parse-mapping.js';
import { sentence, type Problem } from '../../src/mappings/problem.js';

export const queueArn = 'arn:aws:sqs:us-east-1:111111111111:orders';
export const fifoArn = 'arn:aws:sqs:us-east-1:111111111111:orders.fifo';

export const world: MappingWorld = {
  region: 'us-east-1',
  account: '111111111111',
  maximumConcurrency: 20,
  functions: new Map([
    ['worker', { qualifiers: new Set(['live', '1']) }],
    ['billing', { qualifiers: new Set<string>() }],
  ]),
};

/** A request that is fine, but for what is given. */
export function request(over: Readonly<Record<string, unknown>> = {}): Readonly<Record<string, unknown>> {
  return { FunctionName: 'worker', EventSourceArn: queueArn, ...over };
}

export function problemsWith(over: Readonly<Record<string, unknown>>): readonly Problem[] {
  const result = parseMapping(request(over), world);
  return result.ok ? [] : result.problems;
}

export function sentencesWith(over: Readonly<Record<string, unknown>>): readonly string[] {
  return problemsWith(over).map((problem) => sentence(problem));
}

export function mappingWith(over: Readonly<Record<string, unknown>> = {}, given = world): QueueMapping {
  const result = parseMapping(request(over), given);
  if (!result.ok) throw new Error(result.problems.map((problem) => sentence(problem)).join('\n'));
  const [mapping] = withNames([result.value.mapping]);
  if (mapping === undefined) throw new Error('a mapping was expected');
  return mapping;
}
