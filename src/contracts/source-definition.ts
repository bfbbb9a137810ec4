import type { Clock } from '../platform/clock.js';
import type { QueueSource } from './queue-source.js';
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

/** A record to be put into a source. */
export interface CustomRecord {
  readonly body: string;
  /** Records of one key are handled in order. */
  readonly key?: string;
}

interface Definition {
  /** How mappings name it in their ARN: letters, digits and `-`. */
  readonly name: string;
  /** Puts records in, for `millrace send`, and resolves with their ids in the same order. Without it nothing can be sent. */
  send?(ref: CustomSourceRef, records: readonly CustomRecord[], context: SourceContext): Promise<readonly string[]>;
}

/** A stream: partitions that are read forward. */
export interface StreamSourceDefinition extends Definition {
  readonly kind: 'stream';
  /** Called once for each mapping. Should not reach for the service yet: that is for the methods of the source. */
  open(ref: CustomSourceRef, context: SourceContext): StreamSource | Promise<StreamSource>;
}

/** A queue: messages that are settled one by one. */
export interface QueueSourceDefinition extends Definition {
  readonly kind: 'queue';
  /** Called once for each mapping. Should not reach for the service yet: that is for the methods of the source. */
  open(ref: CustomSourceRef, context: SourceContext): QueueSource | Promise<QueueSource>;
}

/** A source that a configuration adds: the default export of a module that its `sources` name. */
export type SourceDefinition = StreamSourceDefinition | QueueSourceDefinition;

/** Gives the module of a source completion and type checks; returns its argument. */
export function defineSource<T extends SourceDefinition>(definition: T): T {
  return definition;
}
