import type { InlineHandler } from '../functions/definition.js';
import type { SourceDefinition } from '../contracts/source-definition.js';
import type { MappingInput } from '../mappings/schema/request.js';

/** Where a function's code is: exactly one of the two. */
export interface CodeInput {
  /** Path without extension, dot, export: `handlers/orders.handler`, relative to the configuration file. */
  readonly Handler?: string | undefined;
  /** The handler itself; it runs in this process, without isolation. For tests; not in YAML and JSON files. */
  readonly handler?: InlineHandler | undefined;
}

/**
 * A function, spelled as in CloudFormation.
 *
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-lambda-function.html
 */
export interface FunctionInput extends CodeInput {
  /** Seconds, 1 to 900. Default 3. */
  readonly Timeout?: number | undefined;
  /** MiB, 128 to 10240. Default 128. */
  readonly MemorySize?: number | undefined;
  readonly Environment?:
    | {
        /** Environment variables of the function. Numbers and booleans are handed over as text. */
        readonly Variables?: Readonly<Record<string, string | number | boolean>> | undefined;
      }
    | undefined;
  /** Most invocations at once; beyond it calls are throttled. 0 throttles every call. Default: no limit. */
  readonly ReservedConcurrentExecutions?: number | undefined;
  /** Has no effect: permissions are not checked locally. Default `arn:aws:iam::<account>:role/lambda-role`. */
  readonly Role?: string | undefined;
  /** Aliases that run code of their own. */
  readonly Aliases?: Readonly<Record<string, CodeInput>> | undefined;
  /** Published versions, `"1"` and so on, that run code of their own. */
  readonly Versions?: Readonly<Record<string, CodeInput>> | undefined;
}

/** Where services are. The more specific key wins; a missing one means: as the AWS SDK resolves it. */
export interface EndpointsInput {
  /** One URL for every AWS service (LocalStack and the like). */
  readonly aws?: string | undefined;
  /** A URL, or `embedded`: a server that millrace starts itself. */
  readonly sqs?: string | undefined;
  /** A URL, or `embedded`. */
  readonly sns?: string | undefined;
  /** A URL, or `embedded`. */
  readonly s3?: string | undefined;
  /** A URL, or `embedded`. */
  readonly kinesis?: string | undefined;
  /** A URL; for the streams of tables, too. */
  readonly dynamodb?: string | undefined;
  /** A URL. */
  readonly secretsmanager?: string | undefined;
  /** A URL. */
  readonly glue?: string | undefined;
  /** The URL of one source: of a queue, of a stream (for its consumers, too), or of a table (for its streams, too). */
  readonly [arn: `arn:${string}`]: string | undefined;
}

/** A configuration: what `millrace.yaml` holds and what the library is called with. */
export interface ConfigurationInput {
  /** AWS Region of functions, queues and streams. Default `us-east-1`. Made-up ones such as `ddblocal` are fine. */
  readonly region?: string | undefined;
  /** AWS account, 12 digits. Default `000000000000`. */
  readonly account?: string | number | undefined;
  /** The functions, by name. */
  readonly functions?: Readonly<Record<string, FunctionInput>> | undefined;
  /** The event source mappings; each is a CreateEventSourceMapping request. */
  readonly mappings?: readonly MappingInput[] | undefined;
  /**
   * Sources of your own, which mappings name as `arn:millrace:<name>:<region>:<account>:<id>`: paths of modules, relative to
   * the file, whose default export is what `defineSource` returns. In the library and in .ts and .mjs files also that itself.
   */
  readonly sources?: readonly (string | SourceDefinition)[] | undefined;
  readonly endpoints?: EndpointsInput | undefined;
  /** What a Secrets Manager ARN stands for. Never shown anywhere. */
  readonly secrets?: Readonly<Record<string, Readonly<Record<string, unknown>>>> | undefined;
  /**
   * Folder for the journal and what survives a restart. Default: `.millrace` beside the file; memory for the library. Or
   * `dynamodb://<table>`: checkpoints are kept in that table, and the processes that name it share the shards of their
   * streams; the folder is then the default one. `?lease=` is the time after which a silent process has lost its shards (2
   * to 300 seconds, default 10), `&region=` where the table is (default: the region of the configuration).
   */
  readonly state?: string | undefined;
  /** Most parallel batches of a queue mapping without `ScalingConfig` or `ProvisionedPollerConfig`. 1 to 1000, default 20. */
  readonly maximumConcurrency?: number | undefined;
  /**
   * How long a tumbling window waits past its end before it is closed, in seconds, while no record comes. 0 to 600, default
   * 120 as on AWS.
   */
  readonly tumblingWindowIdleSeconds?: number | undefined;
  /** How queues and streams are created on embedded servers. */
  readonly embedded?:
    | {
        /** 0 to 43200. Default: 30, or 6 x the timeout of the function, whichever is more. */
        readonly visibilityTimeoutSeconds?: number | undefined;
        /** 1 to 1000: after so many receives a message goes to the dead-letter queue `<queue>-dlq`. Default: no dead-letter queue. */
        readonly maxReceiveCount?: number | undefined;
        /** Shards of a stream. 1 to 100, default 1. */
        readonly shards?: number | undefined;
      }
    | undefined;
  readonly journal?:
    | {
        /** Size in MiB at which a journal file is closed and the next one begun. 1 to 1000, default 20. */
        readonly fileSizeMb?: number | undefined;
        /** Journal files that are kept. 2 to 1000, default 5. */
        readonly files?: number | undefined;
      }
    | undefined;
}

/** Gives a `millrace.ts` completion and type checks; returns its argument. */
export function defineConfig<T extends ConfigurationInput>(configuration: T): T {
  return configuration;
}
