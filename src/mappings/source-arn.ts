import { parseArn, type Arn } from './arn.js';
import type { BrokerRef, DocumentDbRef, MskRef, QueueRef, StreamRef } from './event-source-mapping.js';

interface InPlace {
  readonly arn: string;
  readonly region: string;
  readonly account: string;
}

/**
 * What an `EventSourceArn` names, source by source (every form that Lambda takes, and the table's ARN for DynamoDB). The
 * topic, queue or database of a cluster or broker stands elsewhere in the request.
 */
export type SourceRef =
  | QueueRef
  | StreamRef
  | Omit<MskRef, 'topic'>
  | Omit<BrokerRef, 'queue'>
  | Omit<DocumentDbRef, 'database' | 'collection'>;

export type SourceRefKind = SourceRef['kind'];

/** Which ARN service a source has, what its ARNs look like, and how people call it. */
export const sourceForms = {
  sqs: { service: 'sqs', label: 'SQS', form: 'arn:aws:sqs:<region>:<account>:<queue>' },
  kinesis: {
    service: 'kinesis',
    label: 'Kinesis',
    form: 'arn:aws:kinesis:<region>:<account>:stream/<stream> (a consumer: …/consumer/<name>:<time>)',
  },
  dynamodb: {
    service: 'dynamodb',
    label: 'DynamoDB Streams',
    form: 'arn:aws:dynamodb:<region>:<account>:table/<table>/stream/<label> (or …/<table> alone: its latest stream)',
  },
  msk: { service: 'kafka', label: 'Amazon MSK', form: 'arn:aws:kafka:<region>:<account>:cluster/<name>/<uuid>-<n>' },
  mq: { service: 'mq', label: 'Amazon MQ', form: 'arn:aws:mq:<region>:<account>:broker:<name>:b-<uuid>' },
  documentdb: { service: 'rds', label: 'Amazon DocumentDB', form: 'arn:aws:rds:<region>:<account>:cluster:<name>' },
  custom: { service: '*', label: 'custom', form: 'arn:millrace:<source>:<region>:<account>:<id>' },
} as const satisfies Record<SourceRefKind, { service: string; label: string; form: string }>;

/** Sources that this version runs, as sentences end: "… are not supported by this version of millrace (SQS, … are)". */
export const supportedSources = `${sourceForms.sqs.label}, ${sourceForms.kinesis.label}, ${sourceForms.dynamodb.label} and custom sources`;

/** A malformed ARN of a service that is known says so; anything else is no event source at all. */
export type SourceArn =
  | { readonly kind: 'source'; readonly source: SourceRef }
  | { readonly kind: 'malformed'; readonly of: SourceRefKind }
  | { readonly kind: 'unrecognized' };

export function parseSourceArn(text: string): SourceArn {
  const arn = parseArn(text);
  const [partition, service] = text.split(':').slice(1);
  const kind = partition === 'millrace' ? 'custom' : kindOfService(service);
  if (!text.startsWith('arn:') || kind === undefined) return { kind: 'unrecognized' };
  if (arn === undefined || arn.region === '' || arn.account === '') return { kind: 'malformed', of: kind };
  const source = readers[kind](arn, { arn: text, region: arn.region, account: arn.account });
  return source === undefined ? { kind: 'malformed', of: kind } : { kind: 'source', source };
}

function kindOfService(service: string | undefined): SourceRefKind | undefined {
  const kinds = Object.keys(sourceForms) as SourceRefKind[];
  return kinds.find((kind) => sourceForms[kind].service === service);
}

type Reader = (arn: Arn, place: InPlace) => SourceRef | undefined;

const readers: Record<SourceRefKind, Reader> = {
  sqs: ({ resource }, place) => {
    const fifo = resource.endsWith('.fifo');
    if (!/^[\w-]{1,80}$/.test(fifo ? resource.slice(0, -'.fifo'.length) : resource) || resource.length > 80) {
      return undefined;
    }
    return { kind: 'sqs', ...place, queue: resource, fifo };
  },
  kinesis: ({ resource }, place) => {
    const found = /^stream\/([\w.-]{1,128})(?:\/consumer\/([\w.-]{1,128}:\d+))?$/.exec(resource);
    return found?.[1] === undefined ? undefined : { kind: 'kinesis', ...place, stream: found[1], consumer: found[2] };
  },
  dynamodb: ({ resource }, place) => {
    const found = /^table\/([\w.-]{3,255})(?:\/stream\/([\w:.-]+))?$/.exec(resource);
    return found?.[1] === undefined ? undefined : { kind: 'dynamodb', ...place, table: found[1], label: found[2] };
  },
  msk: ({ resource }, place) => {
    const found = /^(?:cluster|vpc-connection\/\d{12})\/([\w-]+)\/[\w-]+$/.exec(resource);
    return found?.[1] === undefined ? undefined : { kind: 'msk', ...place, cluster: found[1] };
  },
  mq: ({ resource }, place) => {
    const [, broker, id] = /^broker:([\w-]+):(b-[\w-]+)$/.exec(resource) ?? [];
    return broker === undefined || id === undefined ? undefined : { kind: 'mq', ...place, broker, id };
  },
  documentdb: ({ resource }, place) => {
    const found = /^cluster:([a-zA-Z][\w-]*)$/.exec(resource);
    return found?.[1] === undefined ? undefined : { kind: 'documentdb', ...place, cluster: found[1] };
  },
  custom: ({ service, resource }, place) => ({ kind: 'custom', ...place, source: service, id: resource }),
};
