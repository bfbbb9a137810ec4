import type { KinesisClient, PutRecordsRequestEntry, PutRecordsResultEntry } from '@aws-sdk/client-kinesis';
import { SourceError } from '../../contracts/source-error.js';
import { sleep, type Clock } from '../../platform/clock.js';
import type { Random } from '../../platform/random.js';
import { createKinesisClient, loadKinesisSdk, type KinesisClientOptions } from './client.js';
import { kinesisError } from './errors.js';

/** A record to be put. */
export interface OutgoingKinesisRecord {
  readonly body: string;
  /** Partition key. Default: a new one each time, so that records spread over the shards. */
  readonly key?: string;
}

interface KinesisTarget extends KinesisClientOptions {
  readonly stream: string;
  /** On AWS, for streams of other accounts. Default: the stream of that name in the caller's own. */
  readonly streamArn?: string;
  readonly clock: Clock;
  readonly random: Random;
}

/** Kinesis's limits for one call. */
const perCall = { records: 500, bytes: 5 * 1024 * 1024 };
/** Attempts in a row that put nothing, before it is given up. */
const patience = 8;
const firstPauseMs = 100;
const longestPauseMs = 5_000;

/**
 * Puts records into a stream and resolves with what each is known by, `shard:sequence number`, in order. Records that a
 * busy shard refuses are put again. Rejects with a `SourceError`.
 */
export async function sendToKinesis(
  target: KinesisTarget,
  records: readonly OutgoingKinesisRecord[],
): Promise<readonly string[]> {
  const entries = records.map(({ body, key }) => ({
    Data: Buffer.from(body),
    PartitionKey: key ?? target.random.uuid(),
  }));
  const client = await createKinesisClient(target, false);
  try {
    const ids: string[] = [];
    for (const call of calls(entries)) ids.push(...(await putAll(client, target, call)));
    return ids;
  } catch (error) {
    throw kinesisError(error, target.endpoint ?? `Kinesis in ${target.region}`, ['kinesis:PutRecords']);
  } finally {
    client.destroy();
  }
}

async function putAll(
  client: KinesisClient,
  { stream, streamArn, onAws, clock }: KinesisTarget,
  entries: readonly PutRecordsRequestEntry[],
): Promise<readonly string[]> {
  const { PutRecordsCommand } = await loadKinesisSdk();
  const address = onAws && streamArn !== undefined ? { StreamARN: streamArn } : { StreamName: stream };
  const ids = new Map<number, string>();
  let left = [...entries.entries()];
  for (let inVain = 0; left.length > 0;) {
    const answer = await client.send(new PutRecordsCommand({ ...address, Records: left.map(([, entry]) => entry) }));
    const results = left.map(([index, entry], place) => ({ index, entry, result: answer.Records?.[place] }));
    const refused = results.filter(({ result }) => result?.SequenceNumber === undefined);
    for (const { index, result } of results) if (result?.SequenceNumber !== undefined) ids.set(index, idOf(result));
    inVain = refused.length === left.length ? inVain + 1 : 0;
    const [first] = refused;
    if (first !== undefined) {
      if (inVain === patience) throw givenUp(first.result, refused.length);
      await sleep(clock, Math.min(longestPauseMs, firstPauseMs * 2 ** inVain));
    }
    left = refused.map(({ index, entry }) => [index, entry]);
  }
  return entries.map((_, index) => ids.get(index) ?? '');
}

function idOf({ ShardId = '', SequenceNumber = '' }: PutRecordsResultEntry): string {
  return `${ShardId}:${SequenceNumber}`;
}

function givenUp(result: PutRecordsResultEntry | undefined, count: number): SourceError {
  const { ErrorCode = 'no answer', ErrorMessage = '' } = result ?? {};
  return new SourceError(
    'throttled',
    `it refused ${count === 1 ? '1 record' : `${count} records`} again and again (${ErrorCode}: ${ErrorMessage})`,
  );
}

/** What one call takes, in order. */
function* calls(entries: readonly PutRecordsRequestEntry[]): Generator<readonly PutRecordsRequestEntry[]> {
  let call: PutRecordsRequestEntry[] = [];
  let bytes = 0;
  for (const entry of entries) {
    const more = (entry.Data?.length ?? 0) + Buffer.byteLength(entry.PartitionKey ?? '');
    if (call.length === perCall.records || (call.length > 0 && bytes + more > perCall.bytes)) {
      yield call;
      call = [];
      bytes = 0;
    }
    call.push(entry);
    bytes += more;
  }
  if (call.length > 0) yield call;
}
