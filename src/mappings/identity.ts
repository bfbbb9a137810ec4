import { v5 as uuidV5 } from 'uuid';
import type { Home } from './arn.js';
import type { AnyMapping, FunctionRef } from './event-source-mapping.js';
import { MillraceError } from '../platform/millrace-error.js';

/** The namespace of the UUIDs of mappings. Never changes: it is what keeps them the same in every version and on every machine. */
const namespace = '5b1f1c3e-7a55-4a8e-9d0b-6f0c0e6d2a41';

/** The UUID of a mapping that comes from a configuration: the same on every start and machine. `source` is the text that stands for it. */
export function stableUuid({ account, region }: Home, fn: FunctionRef, source: string): string {
  return uuidV5(JSON.stringify([account, region, qualifiedName(fn), source]), namespace);
}

function qualifiedName({ name, qualifier }: FunctionRef): string {
  return qualifier === undefined ? name : `${name}:${qualifier}`;
}

/** A mapping before it is known which others it has to be told apart from. */
export type Unnamed<M extends AnyMapping = AnyMapping> = M extends unknown ? Omit<M, 'name'> : never;

/** What a mapping may be called, the shortest first; the last one is unique because the UUID is in it. */
function namesFor({ source, function: fn, uuid }: Unnamed): readonly string[] {
  const { name: last } = source;
  const full = `${qualifiedName(fn)}/${last}`;
  return [last, `${fn.name}/${last}`, full, `${full}/${uuid.slice(0, 8)}`, `${full}/${uuid}`];
}

/** Names every mapping by the last part of its source, or longer where that would be ambiguous. */
export function withNames<M extends AnyMapping>(mappings: readonly Unnamed<M>[]): readonly M[] {
  const candidates = mappings.map(namesFor);
  return mappings.map((mapping, index) => {
    const own = candidates[index] ?? [];
    const name = own.find((_, length) => candidates.every((names, i) => i === index || names[length] !== own[length]));
    return named(mapping, name ?? mapping.uuid);
  });
}

/** Names a mapping that comes later: the others keep the names that people have seen. */
export function withName<M extends AnyMapping>(mapping: Unnamed<M>, taken: ReadonlySet<string>): M {
  return named(mapping, namesFor(mapping).find((name) => !taken.has(name)) ?? mapping.uuid);
}

function named<M extends AnyMapping>(mapping: Unnamed<M>, name: string): M {
  // A mapping of kind M without its name becomes one of kind M by its name.
  return { ...mapping, name } as unknown as M;
}

/** What people call a mapping by. */
type Called = Pick<AnyMapping, 'name' | 'uuid'>;

/** The mapping that a person means: its name, its UUID, or the beginning of one that no other mapping shares. */
export function findMapping<M extends Called>(mappings: readonly M[], given: string): M {
  const lower = given.toLowerCase();
  const exact = mappings.find(({ name, uuid }) => name === given || uuid === lower);
  if (exact !== undefined) return exact;
  const matches = mappings.filter(({ name, uuid }) => name.startsWith(given) || uuid.startsWith(lower));
  const [only, another] = matches;
  if (given !== '' && only !== undefined && another === undefined) return only;
  throw new MillraceError('NOT_FOUND', notFound(given, given === '' ? [] : matches, mappings));
}

function notFound(given: string, matches: readonly Called[], all: readonly Called[]): string {
  if (all.length === 0) return `no mapping "${given}": the configuration has no mappings`;
  if (matches.length === 0) return `no mapping "${given}"; there are:\n${listed(all)}`;
  return `"${given}" could be several mappings; give more of the name or UUID:\n${listed(matches)}`;
}

function listed(mappings: readonly Called[]): string {
  return mappings.map(({ name, uuid }) => `  ${name}  ${uuid}`).join('\n');
}
