import type {
  ConsumerDescription,
  GetRecordsCommandOutput,
  KinesisClient,
  Shard,
  StartingPosition,
  StreamDescriptionSummary,
  SubscribeToShardEventStream,
} from '@aws-sdk/client-kinesis';
import { unreachable } from '../../platform/unreachable.js';
import { createKinesisClient, loadKinesisSdk, type KinesisClientOptions } from './client.js';
import type { ShardPosition } from './position.js';
import { takeRecords, type ReadRecord } from './raw-records.js';

interface KinesisApiOptions extends KinesisClientOptions {
  readonly stream: string;
  readonly streamArn: string;
  readonly consumerArn: string | undefined;
}

/** What GetRecords answers. */
export type RecordsAnswer = Omit<GetRecordsCommandOutput, 'Records'> & {
  readonly Records: readonly ReadRecord[] | undefined;
};

/** What may end a call early. */
interface CallLimits {
  readonly signal?: AbortSignal | undefined;
  /** In milliseconds. Default: that of the client. */
  readonly answerMs?: number;
}

/** The calls about one stream. They reject as the SDK does. */
export class KinesisApi {
  readonly onAws: boolean;
  readonly address: string;
  readonly #options: KinesisApiOptions;
  #client: Promise<KinesisClient> | undefined;

  constructor(options: KinesisApiOptions) {
    this.#options = options;
    this.onAws = options.onAws;
    this.address = options.endpoint ?? `Kinesis in ${options.region}`;
  }

  async summary(): Promise<Partial<StreamDescriptionSummary>> {
    const { DescribeStreamSummaryCommand } = await loadKinesisSdk();
    const answer = await (await this.#open()).send(new DescribeStreamSummaryCommand(this.#stream()));
    return answer.StreamDescriptionSummary ?? {};
  }

  async consumer(consumerArn: string): Promise<Partial<ConsumerDescription>> {
    const { DescribeStreamConsumerCommand } = await loadKinesisSdk();
    const command = new DescribeStreamConsumerCommand({ ConsumerARN: consumerArn });
    return (await (await this.#open()).send(command)).ConsumerDescription ?? {};
  }

  async shards(): Promise<readonly Shard[]> {
    const { ListShardsCommand } = await loadKinesisSdk();
    const client = await this.#open();
    const shards: Shard[] = [];
    let token: string | undefined;
    do {
      // A token names the stream by itself, and refuses a second name.
      const page = await client.send(
        new ListShardsCommand(token === undefined ? this.#stream() : { NextToken: token }),
      );
      shards.push(...(page.Shards ?? []));
      token = page.NextToken;
    } while (token !== undefined && token !== '');
    return shards;
  }

  async iterator(shard: string, position: ShardPosition, limits: CallLimits = {}): Promise<string | undefined> {
    const { GetShardIteratorCommand } = await loadKinesisSdk();
    const { Type, SequenceNumber, Timestamp } = startingPosition(position);
    const command = new GetShardIteratorCommand({
      ...this.#stream(),
      ShardId: shard,
      ShardIteratorType: Type,
      ...(SequenceNumber === undefined ? {} : { StartingSequenceNumber: SequenceNumber }),
      ...(Timestamp === undefined ? {} : { Timestamp }),
    });
    return (await (await this.#open()).send(command, callOptions(limits))).ShardIterator;
  }

  async records(iterator: string, limit: number, limits: CallLimits = {}): Promise<RecordsAnswer> {
    const { GetRecordsCommand } = await loadKinesisSdk();
    const arn = this.#options.onAws ? { StreamARN: this.#options.streamArn } : {};
    const command = new GetRecordsCommand({ ...arn, ShardIterator: iterator, Limit: limit });
    let taken: readonly ReadRecord[] | undefined;
    command.middlewareStack.add(
      (next) => async (call) => {
        const result = await next(call);
        taken = await takeRecords(result.response);
        return result;
      },
      // Last on the way to the service, and so first on the way back: before the SDK reads the answer.
      { step: 'deserialize', priority: 'low', name: 'millraceRawRecords' },
    );
    const answer = await (await this.#open()).send(command, callOptions(limits));
    return taken === undefined ? answer : { ...answer, Records: taken };
  }

  /**
   * What the service's own clock shows, in milliseconds since the epoch, cut to the second; undefined where it does not
   * tell. Rejects when the shard does not exist.
   */
  async serviceTime(shard: string): Promise<number | undefined> {
    const { GetShardIteratorCommand } = await loadKinesisSdk();
    const command = new GetShardIteratorCommand({ ...this.#stream(), ShardId: shard, ShardIteratorType: 'LATEST' });
    let time: number | undefined;
    command.middlewareStack.add(
      (next) => async (call) => {
        const result = await next(call);
        time = dateHeader(result.response);
        return result;
      },
      { step: 'deserialize', name: 'millraceServiceTime' },
    );
    await (await this.#open()).send(command);
    return time;
  }

  /** Starts a subscription; `signal` ends it. `answerMs` does not apply to its events. */
  async subscribe(
    consumerArn: string,
    shard: string,
    position: ShardPosition,
    limits: CallLimits,
  ): Promise<AsyncIterable<SubscribeToShardEventStream>> {
    const { SubscribeToShardCommand } = await loadKinesisSdk();
    const command = new SubscribeToShardCommand({
      ConsumerARN: consumerArn,
      ShardId: shard,
      StartingPosition: startingPosition(position),
    });
    const { EventStream } = await (await this.#open()).send(command, callOptions(limits));
    return EventStream ?? nothing();
  }

  async close(): Promise<void> {
    const client = this.#client;
    this.#client = undefined;
    await client?.then(
      (made) => made.destroy(),
      () => {}, // whoever called was told
    );
  }

  #open(): Promise<KinesisClient> {
    return (this.#client ??= createKinesisClient(this.#options, this.#options.consumerArn !== undefined));
  }

  /** Not every local server knows streams by ARN; AWS needs it for streams of other accounts. */
  #stream(): { readonly StreamARN: string } | { readonly StreamName: string } {
    const { onAws, streamArn, stream } = this.#options;
    return onAws ? { StreamARN: streamArn } : { StreamName: stream };
  }
}

function startingPosition(position: ShardPosition): StartingPosition {
  switch (position.kind) {
    case 'horizon':
      return { Type: 'TRIM_HORIZON' };
    case 'timestamp':
      return { Type: 'AT_TIMESTAMP', Timestamp: new Date(position.at) };
    case 'after':
      return { Type: 'AFTER_SEQUENCE_NUMBER', SequenceNumber: position.sequence };
    case 'within':
      return { Type: 'AT_SEQUENCE_NUMBER', SequenceNumber: position.sequence };
    default:
      return unreachable(position);
  }
}

function callOptions({ signal, answerMs }: CallLimits): { abortSignal?: AbortSignal; requestTimeout?: number } {
  return {
    ...(signal === undefined ? {} : { abortSignal: signal }),
    ...(answerMs === undefined ? {} : { requestTimeout: answerMs }),
  };
}

function dateHeader(response: unknown): number | undefined {
  const { headers = {} } = response as { readonly headers?: Readonly<Record<string, string>> };
  const time = Date.parse(headers['date'] ?? '');
  return Number.isNaN(time) ? undefined : time;
}

async function* nothing(): AsyncGenerator<never> {}
