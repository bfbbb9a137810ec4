import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import type { Page, PartitionReader, StartPoint } from '../../src/contracts/stream-source.js';
import { DynamoDbStreamSource, type DynamoDbStreamSourceOptions } from '../../src/sources/dynamodb/source.js';
import { DynamoDbStreamsStub } from '../fakes/dynamodb-streams-stub.js';
import { VirtualClock } from '../fakes/virtual-clock.js';

export const horizon: StartPoint = { kind: 'horizon' };
/** What time it is, in milliseconds. */
export const start = Date.UTC(2026, 0, 31, 12);
/** The same, as the service tells times of records. */
export const second = start / 1_000;

export interface StreamWorld {
  /** One for all tests of a file. */
  readonly stub: DynamoDbStreamsStub;
  /** A source for the table `orders`, closed after the test. */
  readonly sourceOf: (more?: Partial<DynamoDbStreamSourceOptions>) => DynamoDbStreamSource;
}

/** A stub of DynamoDB Streams and sources that read it, for the tests of a file. */
export function streamWorld(): StreamWorld {
  let stub: DynamoDbStreamsStub;
  let clock: VirtualClock;
  const opened: DynamoDbStreamSource[] = [];
  beforeAll(async () => {
    stub = await DynamoDbStreamsStub.start();
  });
  afterAll(() => stub.close());
  beforeEach(() => {
    clock = new VirtualClock(start);
    Object.assign(stub, { shardsPerPage: 100, emptyPages: 0, date: undefined });
    stub.requests.length = 0;
  });
  afterEach(async () => {
    for (const source of opened.splice(0)) await source.close();
  });
  return {
    get stub() {
      return stub;
    },
    sourceOf: (more = {}) => {
      const source = new DynamoDbStreamSource({
        table: 'orders',
        streamArn: undefined,
        region: 'us-east-1',
        endpoint: stub.url,
        credentials: { accessKeyId: 'x', secretAccessKey: 'x' },
        onAws: false,
        clock,
        ...more,
      });
      opened.push(source);
      return source;
    },
  };
}

const { signal } = new AbortController();
export const read = (reader: PartitionReader, max = 100): Promise<Page> => reader.read({ max, signal });
export const ids = (page: Page): readonly string[] => page.records.map(({ id }) => id);
