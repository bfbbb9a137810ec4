import type { AnyMapping, QueueMapping, StreamMapping } from '../../src/mappings/event-source-mapping.js';
import { withNames } from '../../src/mappings/identity.js';
import { parseMapping, type MappingWorld } from '../../src/mappings/parse-mapping.js';
import { sentence, type Problem } from '../../src/mappings/problem.js';

export const queueArn = 'arn:aws:sqs:us-east-1:111111111111:orders';
export const streamArn = 'arn:aws:kinesis:us-east-1:111111111111:stream/clicks';
export const tableStreamArn = 'arn:aws:dynamodb:us-east-1:111111111111:table/items/stream/2024-06-10T19:26:16.525';
export const customArn = 'arn:millrace:lines:us-east-1:111111111111:log.jsonl';
export const customQueueArn = 'arn:millrace:inbox:us-east-1:111111111111:mail';
export const fifoArn = 'arn:aws:sqs:us-east-1:111111111111:orders.fifo';

export const world: MappingWorld = {
  region: 'us-east-1',
  account: '111111111111',
  maximumConcurrency: 20,
  now: Date.parse('2026-01-31T12:00:00Z'),
  caller: 'file',
  sources: new Map([
    ['lines', { kind: 'stream' }],
    ['inbox', { kind: 'queue' }],
  ]),
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

function mapping(given: Readonly<Record<string, unknown>>, where = world): AnyMapping {
  const result = parseMapping(request(given), where);
  if (!result.ok) throw new Error(result.problems.map((problem) => sentence(problem)).join('\n'));
  const [named] = withNames([result.value.mapping]);
  if (named === undefined) throw new Error('a mapping was expected');
  return named;
}

export function mappingWith(over: Readonly<Record<string, unknown>> = {}, where = world): QueueMapping {
  const made = mapping(over, where);
  if (made.kind !== 'queue') throw new Error('the mapping of a queue was expected');
  return made;
}

/** Of Kinesis unless another source is given. */
export function streamWith(over: Readonly<Record<string, unknown>> = {}, where = world): StreamMapping {
  const made = mapping({ EventSourceArn: streamArn, StartingPosition: 'LATEST', ...over }, where);
  if (made.kind !== 'stream') throw new Error('the mapping of a stream was expected');
  return made;
}
