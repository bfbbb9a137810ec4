import assert from 'node:assert/strict';
import type { QueueMessage, QueueSource } from '../contracts/queue-source.js';
import { isMissing } from './is-missing.js';
import type { TestRunner } from './test-runner.js';

/** An empty queue, and what the suite needs to do to it. */
export interface QueueFixture {
  readonly source: QueueSource;
  /** Sends in order; with a group on ordered queues. */
  readonly send: (bodies: readonly string[], group?: string) => Promise<void>;
  /** What was sent, out of a record as the handler gets it. Default: its `body`. */
  readonly bodyOf?: (record: Readonly<Record<string, unknown>>) => string;
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
export function queueSourceContract(
  { name, create, fifo }: QueueContractOptions,
  { describe, it, afterEach }: TestRunner,
): void {
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
      assert.equal((await source.describe()).visibilityTimeoutMs, 7_000);
    });

    it('hands over what was sent, with the size of its record', async () => {
      const { source, send, bodyOf = theBody } = await fixture();
      await send(['á "quoted"\n'], group);
      const [message] = await source.receive({ max: 10 });
      assert.ok(message !== undefined);
      const record = JSON.parse(message.record) as Readonly<Record<string, unknown>>;

      assert.equal(bodyOf(record), 'á "quoted"\n');
      assert.equal(message.bytes, Buffer.byteLength(message.record));
      assert.equal(bodyOf(message.view()), 'á "quoted"\n');
      assert.equal(message.receiveCount, 1);
      assert.equal(message.group, group);
    });

    it('never returns more than it was asked for', async () => {
      const { source, send } = await fixture();
      await send(['1', '2', '3'], group);
      assert.ok((await source.receive({ max: 2 })).length <= 2);
    });

    it('returns nothing when nothing comes within its wait', async () => {
      const { source } = await fixture();
      assert.deepEqual(await source.receive({ max: 10 }), []);
    });

    it('returns soon when a message comes during the wait', async () => {
      const { source, send } = await fixture();
      const receiving = source.receive({ max: 10 });
      await send(['late'], group);
      assert.equal((await receiving).length, 1);
    });

    it('removes for good what is settled', async () => {
      const { source, send } = await fixture(1);
      await send(['a'], group);
      assert.deepEqual(await source.settle(await source.receive({ max: 10 })), []);
      assert.deepEqual(await source.receive({ max: 10 }), []);
      assert.deepEqual(await source.depth(), { visible: 0, hidden: 0, delayed: 0 });
    });

    it('delivers again, under the same id and with a new handle, what is not settled in time', async () => {
      const { source, send } = await fixture(1);
      await send(['a'], group);
      const [first] = await source.receive({ max: 10 });
      const [second] = await receiveSome(source);

      assert.ok(first !== undefined && second !== undefined);
      assert.equal(second.id, first.id);
      assert.notEqual(second.handle, first.handle);
      assert.equal(second.receiveCount, 2);
    });

    it('hides messages for as long as a receive asks', async () => {
      const { source, send } = await fixture(1);
      await send(['a'], group);
      await source.receive({ max: 10, visibilityTimeoutMs: 20_000 });
      assert.deepEqual(await source.receive({ max: 10 }), []);
    });

    it('makes released messages available at once', async () => {
      const { source, send } = await fixture(30);
      await send(['a'], group);
      await source.release(await source.receive({ max: 10 }));
      assert.equal((await receiveSome(source)).length, 1);
    });

    it('counts what is visible and what is hidden', async () => {
      const { source, send } = await fixture();
      await send(['a', 'b', 'c'], group);
      await source.receive({ max: 1 });
      assert.deepEqual(await source.depth(), { visible: 2, hidden: 1, delayed: 0 });
    });

    it('builds an event of exactly the records given, in order', async () => {
      const { source, send } = await fixture();
      await send(['a'], group);
      const messages = await source.receive({ max: 10 });
      const twice = [...messages, ...messages];

      assert.equal(Buffer.byteLength(source.event([])), source.envelopeBytes);
      const text = source.event(twice);
      assert.equal(text.split(messages[0]?.record ?? 'no record').length - 1, 2);
    });

    it('says that a queue does not exist', async () => {
      const { missing } = await fixture();
      const source = missing();
      undo.push(() => source.close());
      await assert.rejects(source.describe(), isMissing);
    });

    if (!fifo) return;

    it('keeps the order of a group, and holds its later messages back while earlier ones are out', async () => {
      const { source, send, bodyOf = theBody } = await fixture(30);
      await send(['1', '2', '3'], 'g');
      await send(['x'], 'other');
      const bodies: string[] = [];
      for (let taken = 0; taken < 4;) {
        const messages = await receiveSome(source);
        taken += messages.length;
        bodies.push(...messages.map((message) => bodyOf(message.view())));
        await source.settle(messages);
      }
      assert.deepEqual(
        bodies.filter((body) => body !== 'x'),
        ['1', '2', '3'],
      );
    });
  });
}

function theBody({ body }: Readonly<Record<string, unknown>>): string {
  return String(body);
}

async function receiveSome(source: QueueSource): Promise<readonly QueueMessage[]> {
  for (let tries = 0; tries < 5; tries++) {
    const messages = await source.receive({ max: 10 });
    if (messages.length > 0) return messages;
  }
  return [];
}
