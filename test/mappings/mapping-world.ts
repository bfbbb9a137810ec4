import type { AnyMapping, QueueMapping, StreamMapping } from '../../src/mappings/event-source-mapping.js';
import { withNames, type Unnamed } from '../../src/mappings/identity.js';
import type { SourceDefinition } from '../../src/contracts/source-definition.js';
import type { BatchingDefaults, SourceType } from '../../src/contracts/source-description.js';
import { parseMapping, type MappingWorld } from '../../src/mappings/parse-mapping.js';
import { destinationDescriptions } from '../../src/destinations/registry.js';
import { parseSourceArn } from '../../src/mappings/source-arn.js';
import { knownSources } from '../../src/sources/registry.js';
import { awsErrorOf, sentence, type AwsError, type Parsed, type Problem } from '../../src/mappings/schema/problem.js';

export const queueArn = 'arn:aws:sqs:us-east-1:111111111111:orders';
export const streamArn = 'arn:aws:kinesis:us-east-1:111111111111:stream/clicks';
export const tableStreamArn = 'arn:aws:dynamodb:us-east-1:111111111111:table/items/stream/2024-06-10T19:26:16.525';
export const customArn = 'arn:millrace:lines:us-east-1:111111111111:log.jsonl';
export const customQueueArn = 'arn:millrace:inbox:us-east-1:111111111111:mail';
export const fifoArn = 'arn:aws:sqs:us-east-1:111111111111:orders.fifo';
export const mskArn = 'arn:aws:kafka:us-east-1:111111111111:cluster/logs/751d2973-a626-431c-9d4e-d7975eb44dd7-2';
export const brokerArn = 'arn:aws:mq:us-east-1:111111111111:broker:shop:b-9bcfa592-423a-4942-879d-eb284b418fc8';
export const clusterArn = 'arn:aws:rds:us-east-1:111111111111:cluster:docs';
export const secret = 'arn:aws:secretsmanager:us-east-1:111111111111:secret:access';

const notOpened = (): never => {
  throw new Error('nothing is opened here');
};

export const world: MappingWorld = {
  region: 'us-east-1',
  account: '111111111111',
  maximumConcurrency: 20,
  now: Date.parse('2026-01-31T12:00:00Z'),
  caller: 'file',
  sources: knownSources(
    new Map<string, SourceDefinition>([
      ['lines', { name: 'lines', kind: 'stream', open: notOpened }],
      ['inbox', { name: 'inbox', kind: 'queue', open: notOpened }],
    ]),
  ),
  destinations: destinationDescriptions,
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

/** What callers of the API are answered by. */
export const apiWorld: MappingWorld = {
  ...world,
  caller: 'api',
  functions: new Map([
    ['worker', { qualifiers: new Set(['live', '1']) }],
    ['billing', { qualifiers: new Set<string>() }],
    ['long', { qualifiers: new Set<string>(), timeoutMs: 14 * 60_000 }],
    ['longer', { qualifiers: new Set<string>(), timeoutMs: 14 * 60_000 + 1_000 }],
  ]),
};

type Given = Readonly<Record<string, unknown>>;

const basicAuth = [{ Type: 'BASIC_AUTH', URI: secret }];
export const servers = { Endpoints: { KAFKA_BOOTSTRAP_SERVERS: ['kafka:9092'] } };

/** For every source a request with nothing but what it cannot do without. */
export const leastOf: Readonly<Record<SourceType, Given>> = {
  sqs: { EventSourceArn: queueArn },
  kinesis: { EventSourceArn: streamArn, StartingPosition: 'LATEST' },
  dynamodb: { EventSourceArn: tableStreamArn, StartingPosition: 'LATEST' },
  msk: { EventSourceArn: mskArn, Topics: ['events'] },
  'self-managed-kafka': {
    SelfManagedEventSource: servers,
    Topics: ['events'],
    SourceAccessConfigurations: basicAuth,
  },
  activemq: { EventSourceArn: brokerArn, Queues: ['jobs'], SourceAccessConfigurations: basicAuth },
  rabbitmq: {
    EventSourceArn: brokerArn,
    Queues: ['jobs'],
    SourceAccessConfigurations: [...basicAuth, { Type: 'VIRTUAL_HOST', URI: '/' }],
  },
  documentdb: {
    EventSourceArn: clusterArn,
    SourceAccessConfigurations: basicAuth,
    DocumentDBEventSourceConfig: { DatabaseName: 'shop' },
  },
};

/** Such a request with what is given over it, sent to the API. */
export function parsedOf(type: SourceType, over: Given = {}): ReturnType<typeof parseMapping> {
  return parseMapping({ FunctionName: 'worker', ...leastOf[type], ...over }, apiWorld);
}

export function sentencesOf(type: SourceType, over: Given = {}): readonly string[] {
  const parsed = parsedOf(type, over);
  return parsed.ok ? [] : parsed.problems.map((problem) => sentence(problem));
}

/** How the API refuses it. */
export function refusalOf(type: SourceType, over: Given = {}): AwsError | undefined {
  const parsed: Parsed<unknown> = parsedOf(type, over);
  return parsed.ok ? undefined : awsErrorOf(parsed.problems);
}

/** The mapping that it makes. */
export function madeOf(type: SourceType, over: Given = {}): Unnamed {
  const parsed = parsedOf(type, over);
  if (parsed.ok) return parsed.value.mapping;
  throw new Error(sentencesOf(type, over).join('\n'));
}

/** How AWS words most refusals. */
export function invalid(message: string): AwsError {
  return { status: 400, code: 'InvalidParameterValueException', message };
}

/** What the source of an ARN makes of a batch size and window that are not given. */
export function batchingOf(arn: string): BatchingDefaults {
  const found = parseSourceArn(arn, world.sources);
  if (found.kind !== 'source') throw new Error(`${arn} is of no source`);
  return found.description.batching(found.source);
}
