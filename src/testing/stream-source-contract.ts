import assert from 'node:assert/strict';
import type { Lease, Ledger } from '../contracts/checkpoint-store.js';
import type {
  Page,
  Partition,
  PartitionReader,
  StartPoint,
  StreamRecord,
  StreamSource,
} from '../contracts/stream-source.js';
import { sleep, systemClock } from '../platform/clock.js';
import { isMissing } from './is-missing.js';
import type { TestRunner } from './test-runner.js';

/** A stream with one open partition, and what the suite needs to do to it. */
export interface StreamFixture {
  readonly source: StreamSource;
  /** Writes records with these bodies in this order into one partition. */
  readonly send: (bodies: readonly string[]) => Promise<void>;
  /** What was sent, out of a record as the handler gets it. */
  readonly bodyOf: (record: Readonly<Record<string, unknown>>) => string;
  /** A source of the same kind for a stream that does not exist. */
  readonly missing: () => StreamSource;
  /** Closes the open partition; where the stream can do that, new ones take its place. */
  readonly split: () => Promise<void>;
  /** Where events span partitions: what the suite needs more. */
  readonly spanning?: {
    /** Resolves with the id of the new one. */
    readonly addPartition: () => Promise<string>;
    readonly sendTo: (partition: string, bodies: readonly string[]) => Promise<void>;
    /** How a handler names a record in a partial batch response. */
    readonly itemIdentifierOf: (record: Readonly<Record<string, unknown>>) => unknown;
  };
  /** Where the source brings its own ledger: one that another process would have, of the same group. */
  readonly otherLedger?: () => Ledger;
  /** Undoes everything, the source excepted. */
  readonly dispose: () => Promise<void>;
}

/** What a kind of source does not do, with a reason that a reader can check. */
export type Trait = true | { readonly because: string };

export interface StreamContractOptions {
  readonly name: string;
  readonly create: () => Promise<StreamFixture>;
  /** A partition can be read from a moment on. */
  readonly timestamps?: Trait;
  /** Partitions can be closed; those that take their place name them as parents. */
  readonly splits?: Trait;
  /** One event carries records of several partitions. Left out: it does not. */
  readonly spans?: Trait;
  /** It keeps its checkpoints itself. Left out: it does not. */
  readonly ledger?: Trait;
  /** How long the suite waits for records that were sent, in milliseconds. Default 10,000. */
  readonly patienceMs?: number;
}

const horizon: StartPoint = { kind: 'horizon' };
const no: Trait = { because: 'the author of the suite does not say that it does' };

/** Every stream source, fake or real, passes this same suite. */
export function streamSourceContract(options: StreamContractOptions, { describe, it, afterEach }: TestRunner): void {
  const { name, create, timestamps = true, splits = true, spans = no, ledger = no, patienceMs = 10_000 } = options;

  describe(`${name} keeps the contract of a stream source`, () => {
    const undo: (() => Promise<void>)[] = [];
    afterEach(async () => {
      for (const step of undo.splice(0).toReversed()) await step();
    });
    const fixture = async (): Promise<StreamFixture> => {
      const made = await create();
      undo.push(
        () => made.dispose(),
        () => made.source.close(),
      );
      return made;
    };
    const opened = async (source: StreamSource, from: StartPoint, id?: string): Promise<PartitionReader> => {
      const reader = await source.open(id ?? (await openPartition(source)).id, from);
      undo.push(() => reader.close());
      return reader;
    };
    const patience = (): AbortSignal => {
      const controller = new AbortController();
      const late = new Error(`nothing came within ${patienceMs} ms`);
      const cancel = systemClock.after(patienceMs, () => controller.abort(late));
      undo.push(async () => cancel());
      return controller.signal;
    };
    const read = (reader: PartitionReader, count: number): Promise<readonly StreamRecord[]> =>
      readRecords(reader, count, patience());

    it('says which stream it is, and says the same again', async () => {
      const { source } = await fixture();
      const first = await source.describe();
      assert.notEqual(first.identity, '');
      assert.deepEqual(await source.describe(), first);
    });

    it('lists the open partition', async () => {
      const { source } = await fixture();
      const open = (await source.partitions()).filter((partition) => !partition.closed);
      assert.equal(open.length, 1);
    });

    it('hands over what was sent, in order, byte for byte, with the size of each record', async () => {
      const { source, send, bodyOf } = await fixture();
      const bodies = ['á "quoted"\n', 'second', 'third'];
      await send(bodies);
      const records = await read(await opened(source, horizon), bodies.length);

      assert.deepEqual(
        records.map((record) => bodyOf(JSON.parse(record.record) as Readonly<Record<string, unknown>>)),
        bodies,
      );
      for (const record of records) {
        assert.equal(record.bytes, Buffer.byteLength(record.record));
        assert.deepEqual(record.view(), JSON.parse(record.record));
        assert.ok(record.arrivedAt > 0);
      }
      assert.equal(new Set(records.map((record) => record.position)).size, bodies.length);
    });

    it('never returns more than it was asked for, and skips nothing for it', async () => {
      const { source, send, bodyOf } = await fixture();
      if (source.pacing.kind === 'waits') return; // a service that pushes decides by itself
      await send(['1', '2', '3']);
      const reader = await opened(source, horizon);
      const seen: string[] = [];
      for (let tries = 0; seen.length < 3 && tries < 1_000; tries++) {
        const page = await reader.read({ max: 1, signal: patience() });
        assert.ok(page.records.length <= 1);
        seen.push(...page.records.map((record) => bodyOf(record.view())));
      }
      assert.deepEqual(seen, ['1', '2', '3']);
    });

    it('goes on behind the position of a record', async () => {
      const { source, send, bodyOf } = await fixture();
      await send(['1', '2', '3']);
      const [, second] = await read(await opened(source, horizon), 3);
      const reader = await opened(source, { kind: 'after', position: second?.position ?? '' });
      const records = await read(reader, 1);
      assert.deepEqual(
        records.map((record) => bodyOf(record.view())),
        ['3'],
      );
    });

    it('gives a position for now that can be stored: what comes later is read, however much later, and nothing else', async () => {
      const { source, send, bodyOf } = await fixture();
      await send(['before']);
      await read(await opened(source, horizon), 1);
      await sleep(systemClock, 20);
      const position = await source.tip((await openPartition(source)).id);
      await sleep(systemClock, 20);
      await send(['after']);
      const records = await read(await opened(source, { kind: 'after', position }), 1);
      assert.deepEqual(
        records.map((record) => bodyOf(record.view())),
        ['after'],
      );
    });

    it('gives a position for now in an empty partition, too', async () => {
      const { source, send, bodyOf } = await fixture();
      const position = await source.tip((await openPartition(source)).id);
      await sleep(systemClock, 20);
      await send(['after']);
      const records = await read(await opened(source, { kind: 'after', position }), 1);
      assert.deepEqual(
        records.map((record) => bodyOf(record.view())),
        ['after'],
      );
    });

    it('says that it is at the tip when there is nothing more, and goes on from there', async () => {
      const { source, send, bodyOf } = await fixture();
      await send(['1']);
      const reader = await opened(source, horizon);
      await read(reader, 1);
      const page = await untilTip(reader, patience());
      assert.equal(page.ended, false);
      await send(['2']);
      const records = await read(reader, 1);
      assert.deepEqual(
        records.map((record) => bodyOf(record.view())),
        ['2'],
      );
    });

    it('reads from a moment on', skipping(timestamps), async () => {
      const { source, send, bodyOf } = await fixture();
      await send(['before']);
      const [before] = await read(await opened(source, horizon), 1);
      await sleep(systemClock, 50);
      await send(['after']);
      const at = (before?.arrivedAt ?? 0) + 1;
      const records = await read(await opened(source, { kind: 'timestamp', at }), 1);
      assert.deepEqual(
        records.map((record) => bodyOf(record.view())),
        ['after'],
      );
    });

    it('ends a partition that was closed, after its last record', skipping(splits), async () => {
      const { source, send, split, bodyOf } = await fixture();
      await send(['1', '2']);
      const parent = await openPartition(source);
      const reader = await opened(source, horizon, parent.id);
      await split();
      const seen: string[] = [];
      let ended = false;
      for (let tries = 0; !ended && tries < 1_000; tries++) {
        const page = await reader.read({ max: 10, signal: patience() });
        seen.push(...page.records.map((record) => bodyOf(record.view())));
        ended = page.ended;
        if (!ended && page.records.length === 0) await sleep(systemClock, 20);
      }
      assert.equal(ended, true);
      assert.deepEqual(seen, ['1', '2']);
      const partitions = await source.partitions();
      assert.equal(partitions.find(({ id }) => id === parent.id)?.closed, true);
      for (const child of partitions.filter(({ closed }) => !closed)) assert.ok(child.parents.includes(parent.id));
    });

    it('builds an event out of its records, of the size it says', async () => {
      const { source, send } = await fixture();
      await send(['1', '2']);
      const records = await read(await opened(source, horizon), 2);
      const text = source.event(records);
      assert.equal(typeof JSON.parse(text), 'object');
      for (const { record } of records) assert.ok(text.includes(record));
      assert.equal(Buffer.byteLength(source.event([])), source.envelopeBytes);
      assert.equal(Buffer.byteLength(text), sizeOf(source, records));
    });

    it('says whether its events span partitions, and whether it keeps its checkpoints itself', async () => {
      const { source } = await fixture();
      assert.equal(source.spansPartitions === true, spans === true);
      assert.equal(source.ledger !== undefined, ledger === true);
    });

    it('builds an event of several partitions, of the size it says', skipping(spans), async () => {
      const { source, spanning } = await fixture();
      const one = (await openPartition(source)).id;
      const other = (await spanning?.addPartition()) ?? '';
      await spanning?.sendTo(one, ['1', '2']);
      await spanning?.sendTo(other, ['3']);
      const records = [
        ...(await read(await opened(source, horizon, one), 2)),
        ...(await read(await opened(source, horizon, other), 1)),
      ];
      assert.deepEqual(
        records.map(({ partition }) => partition),
        [one, one, other],
      );
      assert.equal(new Set(records.map(({ id }) => id)).size, 3);
      const text = source.event(records);
      for (const { record } of records) assert.ok(text.includes(record));
      assert.equal(Buffer.byteLength(text), sizeOf(source, records));
    });

    it('knows its records by what a handler reports', skipping(spans), async () => {
      const { source, spanning, send } = await fixture();
      await send(['1']);
      const [record] = await read(await opened(source, horizon), 1);
      const reported: unknown = JSON.parse(JSON.stringify(spanning?.itemIdentifierOf(record?.view() ?? {})));
      assert.equal(source.identifierOf?.(reported) ?? reported, record?.id);
      for (const nonsense of [null, '', 7, [], {}]) assert.notEqual(source.identifierOf?.(nonsense), record?.id);
    });

    it(
      'keeps the positions that were begun or committed, and hands each partition to one',
      skipping(ledger),
      async () => {
        const { source } = await fixture();
        const { id } = await openPartition(source);
        const own = source.ledger;
        assert.ok(own !== undefined);
        const { identity } = await source.describe();
        await own.begin(identity, new Map([[id, { kind: 'open', from: horizon }]]));
        const lease = await claimed(own, id, patience());
        assert.deepEqual(await own.claim([id]), []);
        const position = await source.tip(id);
        await lease.checkpoint(position);
        await own.begin(identity, new Map([[id, { kind: 'open', from: horizon }]]));
        assert.deepEqual((await own.read()).partitions.get(id), { kind: 'open', from: { kind: 'after', position } });
        await lease.release();
        assert.deepEqual((await claimed(own, id, patience())).from, { kind: 'after', position });
        await own.close();
      },
    );

    it('takes no checkpoint of a partition that has become another process’s', skipping(ledger), async () => {
      const { source, otherLedger } = await fixture();
      const { id } = await openPartition(source);
      const [own, other] = [source.ledger, otherLedger?.()];
      assert.ok(own !== undefined && other !== undefined);
      const { identity } = await source.describe();
      await own.begin(identity, new Map([[id, { kind: 'open', from: horizon }]]));
      const lease = await claimed(own, id, patience());
      await own.close();
      await claimed(other, id, patience());
      await assert.rejects(lease.checkpoint(await source.tip(id)), { name: 'LeaseLostError' });
      await other.close();
    });

    it('describes records that were given up, for a destination', async () => {
      const { source, send } = await fixture();
      await send(['1', '2']);
      const { id } = await openPartition(source);
      const [first, second] = await read(await opened(source, horizon), 2);
      assert.ok(first !== undefined && second !== undefined);
      if (source.failureInfo === undefined) return; // it has no block of its own
      const info = Object.values(source.failureInfo(id, [first, second]));
      assert.equal(info.length, 1);
      const text = JSON.stringify(info);
      for (const record of [first, second]) assert.ok(text.includes(record.id));
    });

    it('says of a stream that does not exist that it is missing', async () => {
      const { missing } = await fixture();
      const source = missing();
      undo.push(() => source.close());
      await assert.rejects(source.describe(), isMissing);
    });
  });
}

function skipping(trait: Trait): { readonly skip: boolean } {
  return { skip: trait !== true };
}

/** The size of an event with these records, as the engine reckons it. */
function sizeOf(source: StreamSource, records: readonly StreamRecord[]): number {
  const commas = records.length - 1;
  const partitions = new Set(records.map(({ partition = '' }) => partition));
  const opening = [...partitions].reduce((sum, partition) => sum + (source.partitionBytes?.(partition) ?? 0), 0);
  return records.reduce((sum, { bytes }) => sum + bytes, source.envelopeBytes + opening + commas);
}

/** A lease may take its time: the others have to be told. */
async function claimed(ledger: Ledger, partition: string, signal: AbortSignal): Promise<Lease> {
  for (;;) {
    signal.throwIfAborted();
    const [lease] = await ledger.claim([partition]);
    if (lease !== undefined) return lease;
    await sleep(systemClock, 20);
  }
}

async function openPartition(source: StreamSource): Promise<Partition> {
  const open = (await source.partitions()).find((partition) => !partition.closed);
  assert.ok(open !== undefined, 'there is an open partition');
  return open;
}

async function readRecords(
  reader: PartitionReader,
  count: number,
  signal: AbortSignal,
): Promise<readonly StreamRecord[]> {
  const records: StreamRecord[] = [];
  while (records.length < count) {
    signal.throwIfAborted();
    const page = await reader.read({ max: 100, signal });
    records.push(...page.records);
    if (page.ended) break;
    if (page.records.length === 0) await sleep(systemClock, 20);
  }
  return records;
}

async function untilTip(reader: PartitionReader, signal: AbortSignal): Promise<Page> {
  for (;;) {
    signal.throwIfAborted();
    const page = await reader.read({ max: 100, signal });
    if (page.atTip && page.records.length === 0) return page;
  }
}
