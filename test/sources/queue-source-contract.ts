import { afterEach, describe, expect, it } from 'vitest';
import type { QueueMessage, QueueSource } from '../../src/delivery/queue-source.js';
import { SourceError } from '../../src/delivery/source-error.js';

export interface QueueFixture {
  readonly source: QueueSource;
  /** Sends in order; with a group on ordered queues. */
  readonly send: (bodies: readonly string[], group?: string) => Promise<void>;
  /** A source of the same kind for a queue that does not exist. */
  readonly missing: () => QueueSource;
  /** Undoes everything, the source excepted. */
  readonly dispose: () => Promise<void>;
}

export interface QueueContractOptions {
  readonly name: string;
  /** Creates an empty queue, hiding received messages for `visibilitySeconds`. */
  readonly create: (visibilitySeconds: number) => Promise<QueueFixture>;
  /** Whether messages are ordered in groups. */
  readonly fifo: boolean;
}

/** Every queue source, fake or real, passes this same suite. */
export function queueSourceContract({ name, create, fifo }: QueueContractOptions): void {
  const group = fifo ? 'g' : undefined;

  describe(`${name} keeps the contract of a queue source`, () => {
    const undo: (() => Promise<void>)[] = [];
    afterEach(async () => {
      for (const step of undo.splice(0).toReversed()) await step();
    });
    const fixture = async (visibilitySeconds = 30): Promise<QueueFixture> => {
      const made = await create(visibilitySeconds);
      undo.push(
        () => made.dispose(),
        () => made.source.close(),
      );
      await made.source.describe();
      return made;
    };

    it('tells the visibility timeout of the queue', async () => {
      const { source } = await fixture(7);
      expect((await source.describe()).visibilityTimeoutMs).toBe(7_000);
    });

    it('hands over what was sent, with the size of its record', async () => {
      const { source, send } = await fixture();
      await send(['á "quoted"\n'], group);
      const [message] = await source.receive({ max: 10 });
      const record = JSON.parse(message?.record ?? '') as { readonly body?: string };

      expect(record.body).toBe('á "quoted"\n');
      expect(message?.bytes).toBe(Buffer.byteLength(message?.record ?? ''));
      expect(message?.view()['body']).toBe('á "quoted"\n');
      expect(message?.receiveCount).toBe(1);
      expect(message?.group).toBe(group);
    });

    it('never returns more than it was asked for', async () => {
      const { source, send } = await fixture();
      await send(['1', '2', '3'], group);
      expect((await source.receive({ max: 2 })).length).toBeLessThanOrEqual(2);
    });

    it('returns nothing when nothing comes within its wait', async () => {
      const { source } = await fixture();
      expect(await source.receive({ max: 10 })).toEqual([]);
    });

    it('returns soon when a message comes during the wait', async () => {
      const { source, send } = await fixture();
      const receiving = source.receive({ max: 10 });
      await send(['late'], group);
      expect(await receiving).toHaveLength(1);
    });

    it('removes for good what is settled', async () => {
      const { source, send } = await fixture(1);
      await send(['a'], group);
      expect(await source.settle(await source.receive({ max: 10 }))).toEqual([]);
      expect(await source.receive({ max: 10 })).toEqual([]);
      expect(await source.depth()).toEqual({ visible: 0, hidden: 0, delayed: 0 });
    });

    it('delivers again, under the same id and with a new handle, what is not settled in time', async () => {
      const { source, send } = await fixture(1);
      await send(['a'], group);
      const [first] = await source.receive({ max: 10 });
      const [second] = await receiveSome(source);

      expect(second?.id).toBe(first?.id);
      expect(second?.handle).not.toBe(first?.handle);
      expect(second?.receiveCount).toBe(2);
    });

    it('hides messages for as long as a receive asks', async () => {
      const { source, send } = await fixture(1);
      await send(['a'], group);
      await source.receive({ max: 10, visibilityTimeoutMs: 20_000 });
      expect(await source.receive({ max: 10 })).toEqual([]);
    });

    it('makes released messages available at once', async () => {
      const { source, send } = await fixture(30);
      await send(['a'], group);
      await source.release(await source.receive({ max: 10 }));
      expect(await receiveSome(source)).toHaveLength(1);
    });

    it('counts what is visible and what is hidden', async () => {
      const { source, send } = await fixture();
      await send(['a', 'b', 'c'], group);
      await source.receive({ max: 1 });
      expect(await source.depth()).toEqual({ visible: 2, hidden: 1, delayed: 0 });
    });

    it('builds an event of exactly the records given, in order', async () => {
      const { source, send } = await fixture();
      await send(['a'], group);
      const messages = await source.receive({ max: 10 });
      const twice = [...messages, ...messages];

      expect(Buffer.byteLength(source.event([]))).toBe(source.envelopeBytes);
      expect((JSON.parse(source.event(twice)) as { Records: unknown[] }).Records).toHaveLength(2);
    });

    it('says that a queue does not exist', async () => {
      const { missing } = await fixture();
      const source = missing();
      undo.push(() => source.close());
      const error: unknown = await source.describe().catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(SourceError);
      expect((error as SourceError).kind).toBe('missing');
    });

    if (!fifo) return;

    it('keeps the order of a group, and holds its later messages back while earlier ones are out', async () => {
      const { source, send } = await fixture(30);
      await send(['1', '2', '3'], 'g');
      await send(['x'], 'other');
      const bodies: string[] = [];
      for (let taken = 0; taken < 4;) {
        const messages = await receiveSome(source);
        taken += messages.length;
        bodies.push(...messages.map((message) => String(message.view()['body'])));
        await source.settle(messages);
      }
      expect(bodies.filter((body) => body !== 'x')).toEqual(['1', '2', '3']);
    });
  });
}

async function receiveSome(source: QueueSource): Promise<readonly QueueMessage[]> {
  for (let tries = 0; tries < 5; tries++) {
    const messages = await source.receive({ max: 10 });
    if (messages.length > 0) return messages;
  }
  return [];
}
