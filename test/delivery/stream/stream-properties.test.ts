import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MemoryStream } from '../../../src/testing/memory-stream.js';
import { StoredLedger } from '../../fakes/memory-ledger.js';
import { VirtualClock } from '../../fakes/virtual-clock.js';
import { second, streamWorld } from './stream-world.js';

const minute = 60 * second;

/** Numbers from 0 up to 1 that a seed decides. */
function chance(seed: number): () => number {
  let state = seed || 1;
  return () => {
    state = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) ^ (state << 7);
    state ^= state >>> 13;
    return ((state >>> 0) % 10_000) / 10_000;
  };
}

const settings = fc.record({
  seed: fc.nat(),
  records: fc.integer({ min: 1, max: 60 }),
  keys: fc.integer({ min: 1, max: 6 }),
  partitions: fc.integer({ min: 1, max: 3 }),
  batchSize: fc.integer({ min: 1, max: 12 }),
  windowMs: fc.constantFrom(0, 0, 2 * second),
  lanes: fc.integer({ min: 1, max: 4 }),
  maxRetries: fc.constantFrom(undefined, 0, 1, 3),
  bisects: fc.boolean(),
  reportsItemFailures: fc.boolean(),
  partialResponses: fc.constantFrom('suffix', 'suffix', 'reported'),
  /** How many of a hundred records always fail. */
  poison: fc.constantFrom(0, 0, 10, 30),
  /** How many of a hundred calls fail, whatever is in them. */
  trouble: fc.constantFrom(0, 10, 40),
  throttled: fc.constantFrom(0, 0, 20),
  splits: fc.integer({ min: 0, max: 2 }),
  crashes: fc.integer({ min: 0, max: 3 }),
  tumbling: fc.constantFrom(undefined, undefined, { lengthMs: 30 * second, idleMs: 5 * second }),
});

type Settings = typeof settings extends fc.Arbitrary<infer T> ? T : never;

interface Written {
  readonly body: string;
  readonly key: string;
  readonly partition: string;
  readonly id: string;
}

/** What a call has handled that reports its poison: what comes before the first of it, or all others. */
function handledOf(bodies: readonly string[], responses: 'suffix' | 'reported'): readonly string[] {
  if (responses === 'reported') return bodies.filter((body) => !body.startsWith('poison'));
  const first = bodies.findIndex((body) => body.startsWith('poison'));
  return first === -1 ? bodies : bodies.slice(0, first);
}

/** Runs a stream through restarts, splits and failures until nothing is left to do, and returns what happened. */
async function run(given: Settings) {
  const random = chance(given.seed);
  const clock = new VirtualClock();
  const { partitions, partialResponses } = given;
  const stream = new MemoryStream({ clock, partitions, partialResponses });
  const stored = new StoredLedger();
  const written: Written[] = [];
  // A key stays in one line of descent: it is written to one open partition until that is split.
  const homes = new Map<string, string>();
  const write = (count: number): void => {
    for (let left = count; left > 0; left--) {
      const key = `k${Math.floor(random() * given.keys)}`;
      const open = stream.openPartitions;
      const home = homes.get(key);
      const partition = home !== undefined && open.includes(home) ? home : descendant(home, open);
      homes.set(key, partition);
      const poison = random() * 100 < given.poison;
      const body = `${poison ? 'poison' : 'fine'}-${written.length}`;
      const [record] = stream.write([{ body, key }], partition);
      written.push({ body, key, partition, id: record?.id ?? '' });
    }
  };
  const parents = new Map<string, string>();
  const descendant = (home: string | undefined, open: readonly string[]): string => {
    const children = [...parents].filter(([, parent]) => parent === home).map(([child]) => child);
    const [child] = children.filter((each) => open.includes(each));
    if (child !== undefined) return child;
    for (const each of children) return descendant(each, open);
    return open[Math.floor(random() * open.length)] ?? '';
  };

  const calls: { readonly bodies: readonly string[]; readonly ok: ReadonlySet<string>; readonly run: number }[] = [];
  const discarded: string[] = [];
  const told: string[] = [];
  let checkpointAhead: string | undefined;
  const doneIds = new Set<string>();
  const idOf = new Map<string, string>();

  for (let round = 0; round <= given.crashes; round++) {
    write(Math.ceil(given.records / (given.crashes + 1)));
    for (const { body, id } of written) idOf.set(body, id);
    const { delivery, worker, ledger, destination, ofType } = streamWorld({
      ...given,
      clock,
      stream,
      stored,
      random,
      destination: 'told',
    });
    const windowDone: string[] = [];
    worker.reply = (bodies) => {
      if (random() * 100 < given.throttled) return 'throttle';
      const poison = bodies.filter((body) => body.startsWith('poison'));
      const bad = random() * 100 < given.trouble;
      const failsAll = bad || (poison.length > 0 && !given.reportsItemFailures);
      const ok = failsAll ? [] : handledOf(bodies, given.partialResponses);
      calls.push({ bodies, ok: new Set(ok), run: round });
      windowDone.push(...ok);
      if (failsAll) return 'throw';
      const batchItemFailures = poison.map((body) => ({ itemIdentifier: idOf.get(body) }));
      return { response: { state: {}, ...(given.reportsItemFailures && { batchItemFailures }) } };
    };
    // Every checkpoint is looked at when it is stored: nothing before it may be undone.
    const { history } = stored;
    let looked = history.length;
    const look = (): void => {
      for (const { body } of calls.flatMap((call) => [...call.ok].map((body) => ({ body }))))
        doneIds.add(idOf.get(body) ?? '');
      for (const { document } of destination.reports.slice(told.length)) told.push(JSON.stringify(document));
      for (const entry of ofType('discarded')) doneIds.add(entry.record);
      for (; looked < history.length; looked++) {
        const { partition, position } = history[looked] ?? { partition: '', position: '' };
        const before = written.filter((each) => each.partition === partition && Number(each.id) <= Number(position));
        const undone = before.find(({ id }) => !doneIds.has(id));
        if (undone !== undefined) checkpointAhead ??= `${position} of ${partition} is ahead of ${undone.body}`;
      }
    };
    delivery.start();
    const splits = round === 0 ? given.splits : 0;
    for (let split = 0; split < splits; split++) {
      await clock.advance(second);
      const open = stream.openPartitions;
      const parent = open[Math.floor(random() * open.length)] ?? '';
      for (const child of stream.split(parent)) parents.set(child, parent);
      write(5);
      for (const { body, id } of written) idOf.set(body, id);
    }
    const last = round === given.crashes;
    const endless = given.maxRetries === undefined && given.poison > 0;
    if (last && !endless) {
      let waited = 0;
      do {
        await clock.advance(minute);
        look();
      } while (!(await delivery.isDrained()) && ++waited < 400);
    } else await clock.advance(random() * 20 * second);
    look();
    // A crash: nothing is told to stop, and what it stores from now on does not count.
    for (const partition of stored.partitions.keys()) ledger.takeAway(partition);
    await delivery.stop();
    look();
    discarded.push(...ofType('discarded').map(({ record }) => record));
  }
  return { written, calls, discarded, told, checkpointAhead, stored };
}

describe('whatever the settings, failures, splits and crashes', () => {
  const runs = { numRuns: 150, interruptAfterTimeLimit: 25_000, markInterruptAsFailure: false } as const;

  it('every record is handled, or discarded after the destination was told', async () => {
    await fc.assert(
      fc.asyncProperty(settings, async (given) => {
        const { written, calls, discarded, told } = await run(given);
        if (given.maxRetries === undefined && given.poison > 0) return; // some wait for ever
        const handled = new Set(calls.flatMap(({ ok }) => [...ok]));
        const givenUp = new Set(discarded);
        expect(written.filter(({ body, id }) => !handled.has(body) && !givenUp.has(id))).toEqual([]);
        expect(told.length > 0).toBe(discarded.length > 0);
      }),
      runs,
    );
  });

  it('the checkpoint is never ahead of work that is not done', async () => {
    await fc.assert(
      fc.asyncProperty(settings, async (given) => {
        expect((await run(given)).checkpointAhead).toBeUndefined();
      }),
      runs,
    );
  });

  it('records of one key are handled for the first time in the order in which they were written', async () => {
    await fc.assert(
      fc.asyncProperty(settings, async (given) => {
        const { written, calls } = await run(given);
        const order = new Map(written.map(({ body, key }, index) => [body, { key, index }]));
        const newestOf = new Map<string, number>();
        const skipped = calls
          .flatMap(({ bodies }) => bodies)
          .flatMap((body) => {
            const { key = '', index = 0 } = order.get(body) ?? {};
            const newest = newestOf.get(key) ?? -1;
            newestOf.set(key, Math.max(newest, index));
            // Nothing of the key that was written between the newest seen one and this one may be missing.
            return written.filter((each, n) => each.key === key && n > newest && n < index);
          });
        expect(skipped).toEqual([]);
      }),
      runs,
    );
  });

  it('no batch is tried again beyond the limit within one run', async () => {
    await fc.assert(
      fc.asyncProperty(
        settings.filter(({ maxRetries }) => maxRetries !== undefined),
        async (given) => {
          const { calls } = await run(given);
          const tries = new Map<string, number>();
          for (const { bodies, run: round } of calls) {
            const batch = `${round}: ${bodies.join()}`;
            if (bodies.length > 0) tries.set(batch, (tries.get(batch) ?? 0) + 1);
          }
          // Progress begins a batch anew, so the same records may have been the rest of a larger batch once before.
          const most = (given.maxRetries ?? 0) + 2;
          expect([...tries].filter(([, count]) => count > most)).toEqual([]);
        },
      ),
      runs,
    );
  });
});
