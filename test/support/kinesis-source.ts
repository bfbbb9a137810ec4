import type { Page, PartitionReader, StreamRecord } from '../../src/contracts/stream-source.js';
import { systemClock, type Clock } from '../../src/platform/clock.js';
import { KinesisSource } from '../../src/sources/kinesis/source.js';
import { kinesisCredentials, kinesisRegion } from './kinesis-servers.js';

export interface TestSourceOptions {
  readonly url: string;
  readonly stream: string;
  readonly consumerArn?: string;
  readonly onAws?: boolean;
  readonly clock?: Clock;
}

export const firstShard = 'shardId-000000000000';
export const horizon = { kind: 'horizon' } as const;

export function kinesisSource({ url, stream, consumerArn, onAws, clock }: TestSourceOptions): KinesisSource {
  return new KinesisSource({
    stream,
    streamArn: `arn:aws:kinesis:${kinesisRegion}:000000000000:stream/${stream}`,
    ...(consumerArn === undefined ? {} : { consumerArn }),
    endpoint: url,
    region: kinesisRegion,
    credentials: kinesisCredentials,
    onAws: onAws ?? false,
    roleArn: 'arn:aws:iam::000000000000:role/lambda-role',
    clock: clock ?? systemClock,
  });
}

/** Real time, which a test can move forward. */
export class ShiftedClock implements Clock {
  #shift = 0;

  now(): number {
    return systemClock.now() + this.#shift;
  }

  after(ms: number, run: () => void): () => void {
    return systemClock.after(ms, run);
  }

  move(ms: number): void {
    this.#shift += ms;
  }
}

export const patience = (): AbortSignal => AbortSignal.timeout(20_000);

/** One read. */
export function readOnce(reader: PartitionReader, max = 100): Promise<Page> {
  return reader.read({ max, signal: patience() });
}

/** Reads until there are so many records. */
export async function readAll(reader: PartitionReader, count: number): Promise<readonly StreamRecord[]> {
  const signal = patience();
  const records: StreamRecord[] = [];
  while (records.length < count) records.push(...(await reader.read({ max: 100, signal })).records);
  return records;
}

/** Reads until the end; resolves with everything. */
export async function readToEnd(reader: PartitionReader): Promise<readonly StreamRecord[]> {
  const signal = patience();
  const records: StreamRecord[] = [];
  for (;;) {
    const page = await reader.read({ max: 100, signal });
    records.push(...page.records);
    if (page.ended) return records;
  }
}

export function bodyOf(record: StreamRecord): string {
  const { kinesis } = record.view() as { readonly kinesis: { readonly data: string } };
  return Buffer.from(kinesis.data, 'base64').toString('utf8');
}

export const bodies = (records: readonly StreamRecord[]): readonly string[] => records.map(bodyOf);
