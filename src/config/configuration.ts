import type { Service } from '../contracts/services.js';
import type { SourceDefinition } from '../contracts/source-definition.js';
import type { EventSourceMapping } from '../mappings/event-source-mapping.js';
import type { FunctionDefinition } from '../functions/definition.js';

/** Services that millrace can start a server for. */
export const embeddable: readonly Service[] = ['sqs', 'sns', 's3', 'kinesis'];

/** Where a service is: a URL, or the server that millrace starts itself. */
export type Endpoint = { readonly kind: 'url'; readonly url: string } | { readonly kind: 'embedded' };

export interface Endpoints {
  /** Service → address; services that are not listed resolve as the AWS SDK resolves them. `aws` is already applied here. */
  readonly byService: Readonly<Partial<Record<Service, Endpoint>>>;
  /** Source ARN → address. */
  readonly byArn: Readonly<Record<string, string>>;
  /** The address given for every AWS service, where one was. */
  readonly aws?: string;
}

/** Where the checkpoints of streams are kept. */
export type Checkpoints =
  /** Nowhere: they end with the process. */
  | { readonly kind: 'memory' }
  /** In the state folder. */
  | { readonly kind: 'folder' }
  /** In a table of DynamoDB, which several processes share. A process that is silent for `leaseMs` has lost its shards. */
  | { readonly kind: 'dynamodb'; readonly table: string; readonly leaseMs: number; readonly region: string };

/** A configuration that can be run: checked, complete, nothing optional that has a default. */
export interface Configuration {
  /** The file it came from; undefined for a library call. */
  readonly file: string | undefined;
  /** The folder that relative paths are relative to. */
  readonly root: string;
  readonly region: string;
  readonly account: string;
  readonly functions: ReadonlyMap<string, FunctionDefinition>;
  readonly mappings: readonly EventSourceMapping[];
  /** Sources that the configuration adds, by the name that ARNs have for them. */
  readonly sources: ReadonlyMap<string, SourceDefinition>;
  readonly endpoints: Endpoints;
  readonly secrets: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  /** Folder for the journal and everything that survives a restart, but for checkpoints in a table; undefined keeps it in memory. */
  readonly state: string | undefined;
  readonly checkpoints: Checkpoints;
  /** Ceiling of parallel batches for queue mappings that set no limit of their own. */
  readonly maximumConcurrency: number;
  /** How long a tumbling window waits past its end for records that belong to it, when none comes at all. */
  readonly tumblingWindowIdleMs: number;
  /** How queues and streams are created on embedded servers; undefined: as `queuesOf` chooses. */
  readonly embedded: {
    readonly visibilityTimeoutSeconds: number | undefined;
    readonly maxReceiveCount: number | undefined;
    /** Shards of a stream. */
    readonly shards: number;
  };
  readonly journal: { readonly fileBytes: number; readonly files: number };
  /** Parameters that were accepted and have no local meaning, as sentences to be shown once. */
  readonly notices: readonly string[];
}
