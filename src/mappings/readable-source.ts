import type { KnownSources, SourceDescription, SourceKind, SourceRef } from '../contracts/source-description.js';
import { unreachable } from '../platform/unreachable.js';
import { closest } from './schema/fields.js';
import { failed, invalidParameter, type Parsed, type Problem } from './schema/problem.js';
import type { MappingInput } from './schema/request.js';
import { exampleForm, formOf, isPolled, parseSourceArn, unsupportedText } from './source-arn.js';

/** Who made the request: a file is for this version of millrace, a caller of the API talks to Lambda. */
type Caller = 'file' | 'api';

export interface SourceWorld {
  readonly sources: KnownSources;
  /** Where the functions are. */
  readonly region: string;
  readonly caller: Caller;
}

/** What a request wants to read, and how: that decides what kind of mapping it makes. */
export interface ReadableSource {
  readonly kind: 'queue' | 'stream' | 'unpolled';
  readonly ref: SourceRef;
  readonly description: SourceDescription;
}

const unrecognized = invalidParameter('Unrecognized event source.');

/** What a request wants to read. */
export function readableSource(request: MappingInput, world: SourceWorld): Parsed<ReadableSource> {
  const { EventSourceArn: arn } = request;
  if (arn === undefined) return withoutArn(request, world);
  const { sources, caller } = world;
  const found = parseSourceArn(arn, sources, request);
  switch (found.kind) {
    case 'unrecognized':
      return failed({
        ...problem(`must be the ARN of a queue or stream, such as ${exampleForm(sources)}`),
        got: { value: arn },
      });
    case 'unknown':
      return failed(unknownSource(found.name, [...sources.own.keys()]));
    case 'malformed':
      if (caller === 'file' && !isPolled(found.of, sources)) {
        return failed(unsupported('EventSourceArn', found.of, sources));
      }
      return failed({ ...problem(`must have the form ${formOf(found.of, sources)}`), got: { value: arn } });
    case 'source':
      return resolved(found.source, found.description, 'EventSourceArn', world);
    default:
      return unreachable(found);
  }
}

function withoutArn(request: MappingInput, world: SourceWorld): Parsed<ReadableSource> {
  const { builtIn } = world.sources;
  for (const { description } of request.SelfManagedEventSource === undefined ? [] : builtIn) {
    const { naming } = description;
    if (naming.by === 'servers') return resolved(naming.read(request), description, 'SelfManagedEventSource', world);
  }
  return failed(problem(`is missing; it must be the ARN of a queue or stream, such as ${exampleForm(world.sources)}`));
}

/** `parameter`: what names it. */
function resolved(
  ref: SourceRef,
  description: SourceDescription,
  parameter: 'EventSourceArn' | 'SelfManagedEventSource',
  { sources, region, caller }: SourceWorld,
): Parsed<ReadableSource> {
  const polled = isPolled(ref.kind, sources);
  if (caller === 'file' && !polled) return failed(unsupported(parameter, ref.kind, sources));
  const refused = caller === 'api' ? description.refusedOverApi?.(ref) : undefined;
  if (refused !== undefined) return failed({ ...problem(refused), got: { value: ref.arn } });
  const kind = polled ? description.model : 'unpolled';
  return { ok: true, value: { kind, ref: description.placed?.(ref, region) ?? ref, description } };
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

function unsupported(parameter: string, kind: SourceKind, sources: KnownSources): Problem {
  return { path: [parameter], message: unsupportedText(kind, sources) };
}
