import type { Clock } from '../platform/clock.js';
import type { Random } from '../platform/random.js';
import type { FilterView } from './filter-view.js';
import type { QueueFacts, QueueSource } from './queue-source.js';
import type { Service } from './services.js';
import type { ConcurrencyLimits, SendField, SourceType } from './source-description.js';
import type { StreamSource } from './stream-source.js';

/** What the ARN of a mapping says: `arn:millrace:<name of the source>:<region>:<account>:<id>`. */
export interface CustomSourceRef {
  readonly arn: string;
  readonly region: string;
  readonly account: string;
  /** What the source knows its queue or stream by; it may hold any character. */
  readonly id: string;
}

/** What a source is given to work with. */
export interface SourceContext {
  /** The only time that a source should know, so that it can be tested without waiting. */
  readonly clock: Clock;
  /** The folder of the configuration, which relative paths are relative to. */
  readonly root: string;
}

/** What the sources that come with millrace are given besides. */
export interface BuiltInContext extends SourceContext {
  readonly random: Random;
  /** Where a service is, for what the mapping names. */
  readonly reach: (service: Service) => {
    /** Undefined: as the SDK resolves it, which is AWS. */
    readonly endpoint: string | undefined;
    /** Undefined: as the SDK resolves them. */
    readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string } | undefined;
    readonly onAws: boolean;
  };
  /** Somebody sits before it and may stop it at any time: wait no longer on AWS than elsewhere. */
  readonly shortPolls: boolean;
  /** The batching window of the mapping. */
  readonly windowMs: number;
  /** The execution role of its function; empty when it has none. */
  readonly roleArn: string;
}

/** A record to be put into a source. Fields that the source does not take are refused before it sees the record. */
export interface CustomRecord {
  readonly body: string;
  /** Records of one key are handled in order. */
  readonly key?: string;
  /** Records of one group are handled in order, one batch at a time: FIFO queues need it. */
  readonly group?: string;
  /** FIFO queues; default: a new one, so that the same body can be sent twice. */
  readonly deduplicationId?: string;
  readonly attributes?: Readonly<Record<string, string>>;
  /** Visible only after so long. */
  readonly delaySeconds?: number;
}

/** What a source of a configuration may say of itself. Whatever it leaves out is as it is for SQS or Kinesis. */
export interface SourceTraits {
  /** As sentences name a queue or stream of it: "inbox mail". Default: the name of the source and the id. */
  title?(ref: CustomSourceRef): string;
  /** Whose parameters and rules its mappings have. Default: `sqs` for queues, `kinesis` for streams. */
  readonly parameters?: Exclude<SourceType, 'self-managed-kafka'>;
  /** `BatchSize` of mappings that give none. Default: 10 for queues, 100 for streams. */
  readonly batchSize?: number;
  /** The batching window of mappings that give none, in milliseconds. Default: 0. */
  readonly windowMs?: number;
  /** Queues: how many batches run at once. Default: as for SQS. */
  readonly concurrency?: ConcurrencyLimits;
  /** What filter patterns see of a record. Default: its fields; `data` as it is, an object or a text. */
  readonly filter?: FilterView;
  /** What a stream consists of, as the status and `check` say it: "partition". Default: "shard". */
  readonly partitionWord?: string;
  /** What `send` takes beside bodies. Default: `key`. */
  readonly sendFields?: readonly SendField[];
  /** What `millrace send` sends when it is given no body. */
  readonly sample?: string;
}

/** What a mapping asks for, for advice about its source. */
export interface AdviceSettings {
  readonly functionTimeoutMs: number;
  readonly windowMs: number;
}

interface Definition<Ref, Context> {
  /** How mappings name it in their ARN: letters, digits and `-`. */
  readonly name: string;
  /** What else is to be known of it, for sources that a configuration adds. */
  readonly traits?: SourceTraits;
  /** Puts records in, for `millrace send`, and resolves with their ids in the same order. Without it nothing can be sent. */
  send?(ref: Ref, records: readonly CustomRecord[], context: Context): Promise<readonly string[]>;
  /** How a caller of the API is refused whose mapping names what does not exist. Default: "Stream not found: …". */
  missing?(ref: Ref): string;
}

/** A stream: partitions that are read forward. */
export interface StreamSourceDefinition<Ref = CustomSourceRef, Context = SourceContext> extends Definition<
  Ref,
  Context
> {
  readonly kind: 'stream';
  /** Called once for each mapping. Should not reach for the service yet: that is for the methods of the source. */
  open(ref: Ref, context: Context): StreamSource | Promise<StreamSource>;
  /** What `millrace check` should warn of, beside what it says of every stream. */
  advice?(ref: Ref, settings: AdviceSettings): readonly string[];
}

/** A queue: messages that are settled one by one. */
export interface QueueSourceDefinition<Ref = CustomSourceRef, Context = SourceContext> extends Definition<
  Ref,
  Context
> {
  readonly kind: 'queue';
  /** Called once for each mapping. Should not reach for the service yet: that is for the methods of the source. */
  open(ref: Ref, context: Context): QueueSource | Promise<QueueSource>;
  /** Why a mapping of a queue with these settings is refused, or undefined. Default: a lease that is shorter than the function's timeout. */
  refusal?(facts: QueueFacts, functionTimeoutMs: number): string | undefined;
  /** What `millrace check` should warn of. Default: a short lease, and a dead-letter rule that is missing or strict. */
  advice?(facts: QueueFacts, settings: AdviceSettings): readonly string[];
}

/**
 * A source. One that a configuration adds is the default export of a module that its `sources` name; those that come with
 * millrace are in `sources/registry.ts`.
 */
export type SourceDefinition<Ref = CustomSourceRef, Context = SourceContext> =
  StreamSourceDefinition<Ref, Context> | QueueSourceDefinition<Ref, Context>;

/** Gives the module of a source completion and type checks; returns its argument. */
export function defineSource<T extends SourceDefinition>(definition: T): T {
  return definition;
}
