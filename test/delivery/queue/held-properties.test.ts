import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HoldingQueue } from '../../../src/testing/holding-queue.js';
import type { Reply } from '../../fakes/scripted-function.js';
import { VirtualClock } from '../../fakes/virtual-clock.js';
import { queueWorld, second } from './queue-world.js';

const worlds = fc.record({
  kinds: fc.array(fc.constantFrom('plain', 'plain', 'plain', 'brief', 'dropped'), { minLength: 1, maxLength: 40 }),
  batchSize: fc.integer({ min: 1, max: 10 }),
  windowMs: fc.constantFrom(0, 500),
  tookMs: fc.constantFrom(0, 10, 900),
  prefetch: fc.constantFrom(undefined, 1, 5, 10),
  batchesAtOnce: fc.constantFrom(1, 1, 5),
  redeliveries: fc.constantFrom(undefined, 0, 1, 3),
  reports: fc.boolean(),
  script: fc.array(fc.constantFrom<Reply | 'report-first'>('ok', 'throw', 'throttle', 'report-first'), {
    maxLength: 40,
  }),
  losses: fc.array(fc.integer({ min: 0, max: 10_000 }), { maxLength: 4 }),
  stopAfterMs: fc.integer({ min: 0, max: 20_000 }),
});

type World = typeof worlds extends fc.Arbitrary<infer T> ? T : never;

/** A broker, a function that answers by a script, and what is known of both. */
function brokerWorld({ kinds, redeliveries, batchesAtOnce, prefetch, script, tookMs, reports, ...settings }: World) {
  const clock = new VirtualClock();
  const limit =
    redeliveries === undefined ? {} : { limit: { redeliveries, outcome: 'discarded', because: 'enough' } as const };
  const source = new HoldingQueue({
    clock,
    ...(prefetch !== undefined && { prefetch }),
    failedMessages: { kind: 'again', firstPauseMs: 500, longestPauseMs: 4_000, ...limit },
  });
  const concurrency = { initial: batchesAtOnce, floor: 1, ceiling: batchesAtOnce, growEveryMs: 1 };
  const world = queueWorld({ ...settings, reportsItemFailures: reports, concurrency, clock, source });
  const sent = kinds.map((kind, index) => `${kind}-${index}`);
  source.send(
    sent.map((body, index) => ({
      body,
      ...(kinds[index] === 'brief' && { expiresInMs: 3_000 }),
      ...(kinds[index] === 'dropped' && { notForHandlers: 'no handler gets it' }),
    })),
  );
  const ids = new Map(sent.map((body, index) => [body, `message-${index + 1}`]));
  const handled = new Set<string>();
  const calls = new Map<string, number>();
  const { worker } = world;
  worker.tookMs = tookMs;
  worker.reply = (bodies, call) => {
    const reply = script[call - 1] ?? 'ok';
    if (reply !== 'throttle') for (const body of bodies) calls.set(body, (calls.get(body) ?? 0) + 1);
    const [first = ''] = bodies;
    const failed = reply === 'ok' ? [] : reply === 'report-first' ? (reports ? [first] : []) : bodies;
    for (const body of bodies) if (!failed.includes(body)) handled.add(body);
    if (reply !== 'report-first') return reply;
    return { response: { batchItemFailures: [{ itemIdentifier: ids.get(first) }] } };
  };
  const run = async (ms: number, losses: readonly number[] = []): Promise<void> => {
    const end = clock.now() + ms;
    for (const at of losses.toSorted((one, other) => one - other)) {
      await clock.advance(Math.max(0, Math.min(end, at + end - ms) - clock.now()));
      source.loseConnection();
    }
    await clock.advance(Math.max(0, end - clock.now()));
  };
  return { ...world, source, sent, handled, calls, run };
}

const whereAllIs = ({ source }: { readonly source: HoldingQueue }): readonly string[] =>
  [...source.acknowledged, ...source.deadLetters, ...source.dropped, ...source.left].toSorted();

describe('whatever handlers answer and however often the connection is lost, a mapping of a broker', () => {
  it('loses nothing, and acknowledges nothing before its handler has succeeded', async () => {
    await fc.assert(
      fc.asyncProperty(worlds, async (given) => {
        const world = brokerWorld(given);
        await world.start();
        await world.run(given.stopAfterMs, given.losses);
        for (const body of world.source.acknowledged) expect(world.handled).toContain(body);
        expect(whereAllIs(world)).toEqual(world.sent.toSorted());
        await world.run(600 * second);
        expect(world.source.left).toEqual([]);
        expect(whereAllIs(world)).toEqual(world.sent.toSorted());
        for (const body of world.source.acknowledged) expect(world.handled).toContain(body);
        await world.stop();
        expect(world.clock.pending).toBe(0);
      }),
      { numRuns: 150 },
    );
  });

  it('keeps the order of the queue where it has one batch at a time and a batch succeeds or fails as a whole', async () => {
    await fc.assert(
      fc.asyncProperty(worlds, async (given) => {
        const world = brokerWorld({ ...given, batchesAtOnce: 1, reports: false, redeliveries: undefined });
        await world.start();
        await world.run(given.stopAfterMs, given.losses);
        await world.run(600 * second);
        const gone = new Set([...world.source.deadLetters, ...world.source.dropped]);
        expect(world.source.acknowledged).toEqual(world.sent.filter((body) => !gone.has(body)));
        await world.stop();
      }),
      { numRuns: 100 },
    );
  });

  it('calls for no message more often than its redeliveries allow, while its connection holds', async () => {
    await fc.assert(
      fc.asyncProperty(worlds, fc.constantFrom(0, 1, 3), async (given, redeliveries) => {
        const world = brokerWorld({ ...given, redeliveries });
        await world.start();
        await world.run(600 * second);
        expect(Math.max(0, ...world.calls.values())).toBeLessThanOrEqual(1 + redeliveries);
        await world.stop();
      }),
      { numRuns: 100 },
    );
  });

  it('may be stopped at any moment: what was not handled is in the queue, and nothing is out', async () => {
    await fc.assert(
      fc.asyncProperty(worlds, async (given) => {
        const world = brokerWorld(given);
        await world.start();
        await world.run(given.stopAfterMs, given.losses);
        await world.stop();
        expect(world.source.outAtClose).toEqual([]);
        expect(whereAllIs(world)).toEqual(world.sent.toSorted());
        expect(world.clock.pending).toBe(0);
      }),
      { numRuns: 100 },
    );
  });
});
