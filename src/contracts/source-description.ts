import type { FilterView } from './filter-view.js';
import type { Service } from './services.js';

/** Sources as CreateEventSourceMapping tells them apart. */
export const sourceTypes = [
  'sqs',
  'kinesis',
  'dynamodb',
  'msk',
  'self-managed-kafka',
  'activemq',
  'rabbitmq',
  'documentdb',
] as const;
export type SourceType = (typeof sourceTypes)[number];

/** Sources as they are described: the ARN of an Amazon MQ broker does not say what it runs. `custom`: those of a configuration. */
export type SourceKind = Exclude<SourceType, 'activemq' | 'rabbitmq'> | 'mq' | 'custom';

/** What a mapping reads, as its source describes it. Sources add what they know it by. */
export interface SourceRef {
  readonly kind: SourceKind;
  /** Undefined, as region and account are, where a source is named by its servers. */
  readonly arn: string | undefined;
  readonly region: string | undefined;
  readonly account: string | undefined;
  /** Its last part, which mappings are called by: `orders`. */
  readonly name: string;
  /** As sentences name it: "queue orders". */
  readonly title: string;
  /** The text that stands for it: its ARN, and what of it is read where the ARN does not say that. */
  readonly identity: string;
}

/** An ARN that names something of an account in a region. */
export interface PlacedArn {
  /** As it was given. */
  readonly arn: string;
  readonly region: string;
  readonly account: string;
  readonly resource: string;
}

/** The parameters of a mapping that say what is read where an ARN does not, or not alone. */
export interface SourceParameters {
  readonly Topics?: readonly string[] | undefined;
  readonly Queues?: readonly string[] | undefined;
  readonly SelfManagedEventSource?:
    { readonly Endpoints?: Readonly<Record<string, readonly string[] | undefined>> | undefined } | undefined;
  readonly SourceAccessConfigurations?: readonly { readonly Type?: string | undefined }[] | undefined;
  readonly DocumentDBEventSourceConfig?:
    { readonly DatabaseName?: string | undefined; readonly CollectionName?: string | undefined } | undefined;
}

/** How mappings name a source. */
type SourceNaming<Ref extends SourceRef = SourceRef> =
  /** By the ARN of its service, which has this form. */
  | {
      readonly by: 'arn';
      readonly service: string;
      readonly form: string;
      read(arn: PlacedArn, request: SourceParameters): Ref | undefined;
    }
  /** By bootstrap servers, in `SelfManagedEventSource`. */
  | { readonly by: 'servers'; read(request: SourceParameters): Ref };

/** How a source is reached. */
type SourceReach =
  /** As a service of AWS is, or what stands for it: `endpoints` may say where. */
  | { readonly kind: 'service'; readonly service: Service }
  /** At an address that `endpoints` gives for its ARN or servers, with a secret. */
  | { readonly kind: 'address' }
  /** It knows by itself. */
  | { readonly kind: 'own' };

/** What a source makes of `BatchSize` and `MaximumBatchingWindowInSeconds`. */
export interface BatchingDefaults {
  readonly batchSize: { readonly default: number; readonly max: number };
  /** Undefined: it takes no batching window. */
  readonly window: { readonly defaultMs: number } | undefined;
}

/** How many batches of a queue run at once. */
export interface ConcurrencyLimits {
  /** Where it starts, and what it comes back to. */
  readonly initial: number;
  /** Repeated function errors never bring it below this. */
  readonly floor: number;
  /** Undefined: what the mapping or the configuration says. */
  readonly ceiling?: number;
  /** With a backlog, one more batch each so many milliseconds. */
  readonly growEveryMs: number;
  /** With provisioned pollers, for sources that have them. */
  readonly provisioned?: { readonly batchesPerPoller: number; readonly growEveryMs: number };
}

/** What can be said of a record that is sent, beside its body. */
export const sendFields = ['attributes', 'delaySeconds', 'group', 'deduplicationId', 'key'] as const;
export type SendField = (typeof sendFields)[number];

/** What `millrace send` has to know of a source. */
export interface SendRules<Ref extends SourceRef = SourceRef> {
  /** Any other field is refused. */
  readonly fields: readonly SendField[];
  /** What is sent when no body is given: a text, or why there has to be one. */
  readonly sample: { readonly body: string } | { readonly missing: string };
  /** Group of a record that was given none. */
  defaultGroup?(ref: Ref): string | undefined;
}

/** What is known of a source without it: data and pure functions, which import neither a client nor the source itself. */
export interface SourceDescription<Ref extends SourceRef = SourceRef> {
  readonly kind: SourceKind;
  /** Messages that are settled one by one, or partitions that are read forward. */
  readonly model: 'queue' | 'stream';
  /** As in "SQS mappings". */
  readonly label: string;
  /** As in "event sources of type …". Default: the label. */
  readonly typeLabel?: string;
  /** What an ARN names: "queue", "stream", "cluster", "broker". */
  readonly noun: string;
  /** What a stream consists of, as in "2 shards". */
  readonly partitionWord: string;
  readonly naming: SourceNaming<Ref>;
  readonly reached: SourceReach;
  /** What `millrace match --source` calls its records. Default: the kind. */
  readonly recordNames?: readonly string[];
  /** Undefined: its mappings have no filters. */
  readonly filter: FilterView | undefined;
  /** Queues only. */
  readonly concurrency?: ConcurrencyLimits;
  readonly send: SendRules<Ref>;
  /** Whose parameters and rules its mappings have. */
  typeOf(request: SourceParameters): SourceType;
  batching(ref: Ref): BatchingDefaults;
  /** What becomes of a reference whose region the service makes up: `region` is that of the functions. */
  placed?(ref: Ref, region: string): Ref;
  /** Why a caller of the API may not name it so, although a file may. Completes "EventSourceArn …". */
  refusedOverApi?(ref: Ref): string | undefined;
  /** Why the embedded server of its service cannot have it. */
  notEmbedded?(ref: Ref): string | undefined;
}

/** The sources that mappings may name. */
export interface KnownSources {
  /** Those that come with millrace, and whether this version polls them. */
  readonly builtIn: readonly { readonly description: SourceDescription; readonly polled: boolean }[];
  /** Those that the configuration adds, by name. */
  readonly own: ReadonlyMap<string, SourceDescription>;
}
