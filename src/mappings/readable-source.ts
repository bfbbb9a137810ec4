import type { QueueRef, StreamRef, UnpolledRef } from './event-source-mapping.js';
import { unreachable } from '../platform/unreachable.js';
import { closest } from './schema/fields.js';
import { failed, invalidParameter, type Parsed, type Problem } from './schema/problem.js';
import type { MappingInput } from './schema/request.js';
import { parseSourceArn, sourceForms, supportedSources, type SourceRef } from './source-arn.js';

/** Sources that the configuration adds, by name. */
export type KnownSources = ReadonlyMap<string, { readonly kind: 'queue' | 'stream' }>;

/** Who made the request: a file is for this version of millrace, a caller of the API talks to Lambda. */
export type Caller = 'file' | 'api';

export interface SourceWorld {
  readonly sources: KnownSources;
  /** Where the functions are. */
  readonly region: string;
  readonly caller: Caller;
}

/** What a request wants to read, and how: that decides what kind of mapping it makes. */
export type ReadableSource =
  | { readonly kind: 'queue'; readonly ref: QueueRef }
  | { readonly kind: 'stream'; readonly ref: StreamRef }
  | { readonly kind: 'unpolled'; readonly ref: UnpolledRef };

/** DynamoDB Local writes this into its ARNs wherever it runs. */
const noRegion = 'ddblocal';

const unrecognized = invalidParameter('Unrecognized event source.');
const example = sourceForms.sqs.form;

/** What a request wants to read. */
export function readableSource(request: MappingInput, world: SourceWorld): Parsed<ReadableSource> {
  const { EventSourceArn: arn } = request;
  if (arn === undefined) return withoutArn(request, world);
  const found = parseSourceArn(arn);
  switch (found.kind) {
    case 'unrecognized':
      return failed({ ...problem(`must be the ARN of a queue or stream, such as ${example}`), got: { value: arn } });
    case 'malformed':
      if (world.caller === 'file' && !isPolled(found.of)) {
        return failed(unsupported('EventSourceArn', sourceForms[found.of].label));
      }
      return failed({ ...problem(`must have the form ${sourceForms[found.of].form}`), got: { value: arn } });
    case 'source':
      return resolved(found.source, request, world);
    default:
      return unreachable(found);
  }
}

function withoutArn(request: MappingInput, { caller }: SourceWorld): Parsed<ReadableSource> {
  const { SelfManagedEventSource: selfManaged, Topics } = request;
  if (selfManaged === undefined) {
    return failed(problem(`is missing; it must be the ARN of a queue or stream, such as ${example}`));
  }
  if (caller === 'file') return failed(unsupported('SelfManagedEventSource', 'self-managed Apache Kafka'));
  const servers = selfManaged.Endpoints?.['KAFKA_BOOTSTRAP_SERVERS'] ?? [];
  return unpolled({ kind: 'self-managed-kafka', servers, topic: Topics?.[0] ?? '' });
}

function unpolled(ref: UnpolledRef): Parsed<ReadableSource> {
  return { ok: true, value: { kind: 'unpolled', ref } };
}

function resolved(source: SourceRef, request: MappingInput, world: SourceWorld): Parsed<ReadableSource> {
  const { sources, region, caller } = world;
  switch (source.kind) {
    case 'sqs':
      return { ok: true, value: { kind: 'queue', ref: source } };
    case 'kinesis':
      return { ok: true, value: { kind: 'stream', ref: source } };
    case 'dynamodb': {
      // Lambda takes streams; that a file may name the table is a convenience.
      if (caller === 'api' && source.label === undefined) return failed(tableAlone(source.arn));
      const ref = source.region === noRegion ? { ...source, region } : source;
      return { ok: true, value: { kind: 'stream', ref } };
    }
    case 'custom': {
      const definition = sources.get(source.source);
      if (definition === undefined) return failed(unknownSource(source.source, [...sources.keys()]));
      return { ok: true, value: { kind: definition.kind, ref: source } };
    }
    case 'msk':
    case 'mq':
    case 'documentdb':
      if (caller === 'file') return failed(unsupported('EventSourceArn', sourceForms[source.kind].label));
      return unpolled(placed(source, request));
    default:
      return unreachable(source);
  }
}

function placed(
  source: Extract<SourceRef, { readonly kind: 'msk' | 'mq' | 'documentdb' }>,
  { Topics, Queues, DocumentDBEventSourceConfig: config }: MappingInput,
): UnpolledRef {
  if (source.kind === 'msk') return { ...source, topic: Topics?.[0] ?? '' };
  if (source.kind === 'mq') return { ...source, queue: Queues?.[0] ?? '' };
  return { ...source, database: config?.DatabaseName ?? '', collection: config?.CollectionName };
}

function isPolled(kind: SourceRef['kind']): boolean {
  return kind === 'sqs' || kind === 'kinesis' || kind === 'dynamodb' || kind === 'custom';
}

function problem(message: string): Problem {
  return { path: ['EventSourceArn'], message, aws: unrecognized };
}

function tableAlone(arn: string): Problem {
  return { ...problem('must be the ARN of a stream, not of a table: …/stream/<label>'), got: { value: arn } };
}

function unknownSource(name: string, names: readonly string[]): Problem {
  const meant = closest(name, names);
  const known = names.length === 0 ? 'it has none' : `it has ${names.join(', ')}`;
  const hint = meant === undefined ? 'add its module to sources' : `did you mean ${meant}?`;
  return problem(`names the source ${name}, which is not one of this configuration: ${known} (${hint})`);
}

function unsupported(parameter: string, label: string): Problem {
  return { path: [parameter], message: unsupportedText(label) };
}

/** Why an ARN that is one cannot be used. Completes a sentence that starts with where it stands. */
export function unsupportedText(label: string): string {
  return `cannot be used: event sources of type ${label} are not supported by this version of millrace (${supportedSources} are)`;
}
