import type { QueueRef, StreamRef } from './event-source-mapping.js';
import { unreachable } from '../platform/unreachable.js';
import { closest } from './fields.js';
import { failed, invalidParameter, type Parsed, type Problem } from './problem.js';
import type { MappingInput } from './request.js';
import { parseSourceArn, sourceForms, supportedSources, type SourceRef } from './source-arn.js';

/** Sources that the configuration adds, by name. */
export type KnownSources = ReadonlyMap<string, { readonly kind: 'queue' | 'stream' }>;

/** A source that this version can read, and how: that decides what kind of mapping it makes. */
export type ReadableSource =
  { readonly kind: 'queue'; readonly ref: QueueRef } | { readonly kind: 'stream'; readonly ref: StreamRef };

/** DynamoDB Local writes this into its ARNs wherever it runs. */
const noRegion = 'ddblocal';

const unrecognized = invalidParameter('Unrecognized event source.');
const example = sourceForms.sqs.form;

/** What a request wants to read. Functions are in `region`. */
export function readableSource(
  { EventSourceArn: arn, SelfManagedEventSource: selfManaged }: MappingInput,
  known: KnownSources,
  region: string,
): Parsed<ReadableSource> {
  if (arn === undefined) {
    if (selfManaged !== undefined) return failed(unsupported('SelfManagedEventSource', 'self-managed Apache Kafka'));
    return failed(problem(`is missing; it must be the ARN of a queue or stream, such as ${example}`));
  }
  const found = parseSourceArn(arn);
  switch (found.kind) {
    case 'unrecognized':
      return failed({ ...problem(`must be the ARN of a queue or stream, such as ${example}`), got: { value: arn } });
    case 'malformed':
      if (!isReadable(found.of)) return failed(unsupported('EventSourceArn', sourceForms[found.of].label));
      return failed({ ...problem(`must have the form ${sourceForms[found.of].form}`), got: { value: arn } });
    case 'source':
      return resolved(found.source, known, region);
    default:
      return unreachable(found);
  }
}

function resolved(source: SourceRef, known: KnownSources, region: string): Parsed<ReadableSource> {
  switch (source.kind) {
    case 'sqs':
      return { ok: true, value: { kind: 'queue', ref: source } };
    case 'kinesis':
      return { ok: true, value: { kind: 'stream', ref: source } };
    case 'dynamodb': {
      const ref = source.region === noRegion ? { ...source, region } : source;
      return { ok: true, value: { kind: 'stream', ref } };
    }
    case 'custom': {
      const definition = known.get(source.source);
      if (definition === undefined) return failed(unknownSource(source.source, [...known.keys()]));
      return { ok: true, value: { kind: definition.kind, ref: source } };
    }
    case 'msk':
    case 'mq':
    case 'documentdb':
      return failed(unsupported('EventSourceArn', sourceForms[source.kind].label));
    default:
      return unreachable(source);
  }
}

function isReadable(kind: SourceRef['kind']): boolean {
  return kind === 'sqs' || kind === 'kinesis' || kind === 'dynamodb' || kind === 'custom';
}

function problem(message: string): Problem {
  return { path: ['EventSourceArn'], message, aws: unrecognized };
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
