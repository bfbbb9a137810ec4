import type {
  KnownSources,
  SourceDescription,
  SourceKind,
  SourceParameters,
  SourceRef,
} from '../contracts/source-description.js';
import { parseArn } from './arn.js';

/** What an `EventSourceArn` names (every form that Lambda takes, and the table's ARN for DynamoDB). */
type SourceArn =
  | { readonly kind: 'source'; readonly source: SourceRef; readonly description: SourceDescription }
  /** A malformed ARN of a service that is known says so; anything else is no event source at all. */
  | { readonly kind: 'malformed'; readonly of: SourceKind }
  /** Of a source that the configuration would have to add. */
  | { readonly kind: 'unknown'; readonly name: string }
  | { readonly kind: 'unrecognized' };

/** The partition of ARNs that name sources of the configuration. */
const ownPartition = 'millrace';
const ownForm = 'arn:millrace:<source>:<region>:<account>:<id>';

/** `request`: the topic, queue or database of a cluster or broker stands there. */
export function parseSourceArn(text: string, known: KnownSources, request: SourceParameters = {}): SourceArn {
  const [scheme, , service = ''] = text.split(':');
  const isOwn = namesOwnSource(text);
  const description = isOwn ? known.own.get(service) : serviceDescription(service, known);
  if (scheme !== 'arn' || (description === undefined && !isOwn)) return { kind: 'unrecognized' };
  const of = description?.kind ?? 'custom';
  const arn = parseArn(text);
  if (arn === undefined || arn.region === '' || arn.account === '') return { kind: 'malformed', of };
  if (description === undefined) return { kind: 'unknown', name: service };
  const { region, account, resource } = arn;
  const { naming } = description;
  const source = naming.by === 'arn' ? naming.read({ arn: text, region, account, resource }, request) : undefined;
  return source === undefined ? { kind: 'malformed', of } : { kind: 'source', source, description };
}

function serviceDescription(service: string, { builtIn }: KnownSources): SourceDescription | undefined {
  return builtIn.find(({ description: { naming } }) => naming.by === 'arn' && naming.service === service)?.description;
}

/** Whether a text, which need not be well formed, is meant for a source of the configuration. */
export function namesOwnSource(text: string): boolean {
  return text.split(':')[1] === ownPartition;
}

/** The name of the source of the configuration that an ARN names, where it is of one. */
export function ownSourceOf(arn: string): string | undefined {
  const parsed = parseArn(arn);
  return parsed?.partition === ownPartition ? parsed.service : undefined;
}

/** What the ARN of a source looks like. */
export function formOf(kind: SourceKind, { builtIn }: KnownSources): string {
  const naming = ofKind(kind, builtIn)?.description.naming;
  return naming?.by === 'arn' ? naming.form : ownForm;
}

/** What the ARN of a source looks like, for people who have given something else. */
export function exampleForm({ builtIn }: KnownSources): string {
  const [first] = builtIn;
  return first?.description.naming.by === 'arn' ? first.description.naming.form : ownForm;
}

/** Whether mappings of a source that comes with millrace are polled. */
export function isPolled(kind: SourceKind, { builtIn }: KnownSources): boolean {
  return ofKind(kind, builtIn)?.polled ?? true;
}

/** Why an ARN that is one cannot be used. Completes a sentence that starts with where it stands. */
export function unsupportedText(kind: SourceKind, { builtIn }: KnownSources): string {
  const supported = builtIn.flatMap(({ description, polled }) => (polled ? [description.label] : []));
  const { label = '', typeLabel = label } = ofKind(kind, builtIn)?.description ?? {};
  return `cannot be used: event sources of type ${typeLabel} are not supported by this version of millrace (${supported.join(', ')} and custom sources are)`;
}

function ofKind(kind: SourceKind, builtIn: KnownSources['builtIn']): KnownSources['builtIn'][number] | undefined {
  return builtIn.find(({ description }) => description.kind === kind);
}
