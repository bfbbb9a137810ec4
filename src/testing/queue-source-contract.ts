import assert from 'node:assert/strict';
import type { DroppedMessage, QueueMessage, QueueSource } from '../contracts/queue-source.js';
import { isMissing } from './is-missing.js';
import type { Trait } from './stream-source-contract.js';
import type { TestRunner } from './test-runner.js';

/** An empty queue, and what the suite needs to do to it. */
export interface QueueFixture {
  readonly source: QueueSource;
  /** Sends in order; with a group on ordered queues. */
  readonly send: (bodies: readonly string[], group?: string) => Promise<void>;
  /** What was sent, out of a record as the handler gets it. Default: its `body`. */
  readonly bodyOf?: (record: Readonly<Record<string, unknown>>) => string;
  /** Cuts the connection of the source; for sources that can lose messages. */
  readonly disconnect?: () => Promise<void>;
  /** Sends one message that no handler can get; for sources that drop such messages. */
  readonly sendUnsupported?: () => Promise<void>;
  /** A source of the same kind for a queue that does not exist. */
  readonly missing: () => QueueSource;
  /** Undoes everything, the source excepted. */
  readonly dispose: () => Promise<void>;
}

export interface QueueContractOptions {
  readonly name: string;
  /** Creates an empty queue, hiding received messages for `visibilitySeconds` where they have a lease. */
  readonly create: (visibilitySeconds: number) => Promise<QueueFixture>;
  /** Whether messages are ordered in groups. */
  readonly fifo: boolean;
  /** Messages come back by themselves when their visibility timeout ends. Default: true. */
  readonly leases?: Trait;
  /** The queue tells its depth. Default: true. */
  readonly depths?: Trait;
  /** Messages can be rejected. Default: they cannot. */
  readonly rejects?: Trait;
  /** A delivery can become void, as by a lost connection. Default: it cannot. */
  readonly loses?: Trait;
  /** There are messages that the source drops. Default: there are none. */
  readonly drops?: Trait;
}

const notSaid: Trait = { because: 'its author does not say so' };

/** Every queue source, fake or real, passes this same suite. */
export function queueSourceContract(options: QueueContractOptions, { describe, it, afterEach }: TestRunner): void {
  const {
    name,
    create,
    fifo,
    leases = true,
    depths = true,
    rejects = notSaid,
    loses = notSaid,
    drops = notSaid,
  } = options;
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

    it('tells the visibility timeout of the queue', skipping(leases), async () => {
      const { source } = await fixture(7);
      assert.equal((await source.describe()).visibilityTimeoutMs, 7_000);
    });

    it(
      'tells no visibility timeout where messages have none',
      skipping(leases !== true || { because: 'they have' }),
      async () => {
        const { source } = await fixture();
        assert.equal((await source.describe()).visibilityTimeoutMs, undefined);
      },
    );

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
      const depth = await source.depth();
      assert.deepEqual(depth, depths === true ? { visible: 0, hidden: 0, delayed: 0 } : undefined);
    });

    it(
      'delivers again, under the same id and with a new handle, what is not settled in time',
      skipping(leases),
      async () => {
        const { source, send } = await fixture(1);
        await send(['a'], group);
        const [first] = await source.receive({ max: 10 });
        const [second] = await receiveSome(source);

        assert.ok(first !== undefined && second !== undefined);
        assert.equal(second.id, first.id);
        assert.notEqual(second.handle, first.handle);
        assert.equal(second.receiveCount, 2);
      },
    );

    it('hides messages for as long as a receive asks', skipping(leases), async () => {
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

    it('keeps messages from others until they are settled or released', async () => {
      const { source, send } = await fixture();
      await send(['a'], group);
      assert.equal((await receiveSome(source)).length, 1);
      assert.deepEqual(await source.receive({ max: 10 }), []);
    });

    it('delivers released messages again under the same id and with a new handle', async () => {
      const { source, send } = await fixture();
      await send(['a'], group);
      const [first] = await receiveSome(source);
      assert.ok(first !== undefined);
      await source.release([first]);
      const [second] = await receiveSome(source);
      assert.ok(second !== undefined);
      assert.equal(second.id, first.id);
      assert.notEqual(second.handle, first.handle);
    });

    it('does not deliver again what is rejected', skipping(rejects), async () => {
      const { source, send } = await fixture(1);
      await send(['a'], group);
      const messages = await receiveSome(source);
      assert.ok(source.reject !== undefined, 'a source that rejects has `reject`');
      assert.deepEqual(await source.reject(messages), []);
      assert.deepEqual(await source.receive({ max: 10 }), []);
    });

    it(
      'says of messages that they are lost, does not settle them, and delivers them again',
      skipping(loses),
      async () => {
        const { source, send, disconnect } = await fixture();
        await send(['a'], group);
        const [first] = await receiveSome(source);
        assert.ok(first?.lost !== undefined, 'messages that can be lost have a signal');
        assert.equal(first.lost.aborted, false);
        assert.ok(disconnect !== undefined, 'the fixture can cut the connection');
        await disconnect();
        assert.equal(first.lost.aborted, true);

        await source.describe();
        const failures = await source.settle([first]);
        assert.deepEqual(
          failures.map(({ message, retryable }) => [message.id, retryable]),
          [[first.id, false]],
        );
        const [second] = await receiveSome(source);
        assert.equal(second?.id, first.id);
      },
    );

    it('takes what no handler can get from the queue, and tells of it with a reason', skipping(drops), async () => {
      const { source, send, sendUnsupported } = await fixture();
      assert.ok(sendUnsupported !== undefined, 'the fixture can send such a message');
      await sendUnsupported();
      await send(['a'], group);
      const dropped: DroppedMessage[] = [];
      const messages = await receiveSome(source, (message) => dropped.push(message));
      assert.equal(messages.length, 1);
      assert.equal(dropped.length, 1);
      assert.notEqual(dropped[0]?.id, messages[0]?.id);
      assert.notEqual(dropped[0]?.because, '');
      assert.deepEqual(await source.settle(messages), []);
      assert.deepEqual(await source.receive({ max: 10 }), []);
    });

    it('counts what is visible and what is hidden', skipping(depths), async () => {
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

function skipping(trait: Trait): { readonly skip: boolean } {
  return { skip: trait !== true };
}

async function receiveSome(
  source: QueueSource,
  dropped: (message: DroppedMessage) => void = () => {},
): Promise<readonly QueueMessage[]> {
  for (let tries = 0; tries < 5; tries++) {
    const messages = await source.receive({ max: 10, dropped });
    if (messages.length > 0) return messages;
  }
  return [];
}
