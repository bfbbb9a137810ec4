import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pause } from '../../../src/platform/clock.js';
import { settled } from '../../fakes/virtual-clock.js';
import { leaseMs, LeaseWorld, type Worker } from './lease-world.js';
import { partitionsOf } from '../partition-states.js';

/** Numbers from 0 up to 1 that a seed decides. */
function chance(seed: number): () => number {
  let state = seed || 1;
  return () => {
    state = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) ^ (state << 7);
    state ^= state >>> 13;
    return ((state >>> 0) % 10_000) / 10_000;
  };
}

type Step =
  | { readonly kind: 'wait'; readonly ms: number }
  | { readonly kind: 'network'; readonly worker: number; readonly fate: 'answered' | 'not-sent' | 'answer-lost' }
  | { readonly kind: 'slow'; readonly worker: number; readonly ms: number }
  | { readonly kind: 'stop' | 'crash'; readonly worker: number }
  | { readonly kind: 'start' };

const worker = fc.nat({ max: 5 });
const steps = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.nat({ max: 2 * leaseMs }) }) },
    fc.record({
      kind: fc.constant('network' as const),
      worker,
      fate: fc.constantFrom('answered' as const, 'not-sent' as const, 'answer-lost' as const),
    }),
    fc.record({ kind: fc.constant('slow' as const), worker, ms: fc.nat({ max: 0.8 * leaseMs }) }),
    fc.record({ kind: fc.constantFrom('stop' as const, 'crash' as const), worker }),
    fc.record({ kind: fc.constant('start' as const) }),
  ),
  { maxLength: 30 },
);

const schedule = fc.record({
  seed: fc.nat(),
  partitions: fc.integer({ min: 1, max: 7 }),
  /** Whether engines give back what another asks for, or wait until they are told that it is lost. */
  obliging: fc.boolean(),
  /** How long a handler runs at most, in milliseconds. */
  handlerMs: fc.constantFrom(0, 500, 2 * leaseMs),
  steps,
});

type Schedule = typeof schedule extends fc.Arbitrary<infer T> ? T : never;

/** A process with an engine that works on what it has: it claims, stores checkpoints, and gives back what it must. */
interface Engine extends Worker {
  readonly alive: AbortController;
  /** Partitions that it has, as far as it knows. */
  readonly believes: () => readonly string[];
}

class Cluster {
  readonly #given: Schedule;
  readonly #random: () => number;
  readonly world: LeaseWorld;
  readonly engines: Engine[] = [];
  /** What must never be. */
  readonly faults: string[] = [];
  /** The highest checkpoint of each partition whose storing was confirmed. */
  readonly #stored = new Map<string, number>();
  #position = 0;

  constructor(given: Schedule) {
    this.#given = given;
    this.#random = chance(given.seed);
    this.world = new LeaseWorld(given.partitions, this.#random);
  }

  start(): Engine {
    const made = this.world.worker();
    const believes = (): readonly string[] =>
      [...made.leases.values()].filter(({ lost }) => !lost.aborted).map(({ partition }) => partition);
    const engine: Engine = { ...made, alive: new AbortController(), believes };
    this.engines.push(engine);
    void this.#run(engine);
    return engine;
  }

  async #run(engine: Engine): Promise<void> {
    const { clock, partitions } = this.world;
    const { signal } = engine.alive;
    while (!signal.aborted) {
      await engine.ledger.begin('stream-1', partitionsOf(partitions)).catch(() => {});
      const taken = await engine.round().catch(() => []);
      if (signal.aborted) return;
      for (const id of taken) {
        this.#check(engine, id);
        void this.#work(engine, id);
      }
      await pause(clock, engine.ledger.claimEveryMs, signal);
    }
  }

  /** Called at the only moments at which a belief begins. */
  #check(engine: Engine, id: string): void {
    const others = this.engines.filter((other) => other !== engine && !other.alive.signal.aborted);
    if (others.some((other) => other.believes().includes(id))) this.faults.push(`${id} has two owners`);
    const from = engine.leases.get(id)?.from;
    const position = from?.kind === 'after' ? Number(from.position) : 0;
    if (position < (this.#stored.get(id) ?? 0)) this.faults.push(`${id} begins before its checkpoint`);
  }

  async #work(engine: Engine, id: string): Promise<void> {
    const { clock } = this.world;
    const { signal } = engine.alive;
    const lease = engine.leases.get(id);
    if (lease === undefined) return;
    const isToGoOn = (): boolean =>
      !signal.aborted && !lease.lost.aborted && !(this.#given.obliging && lease.wanted?.aborted === true);
    while (isToGoOn()) {
      await pause(clock, 400 + this.#random() * this.#given.handlerMs, signal);
      const position = ++this.#position;
      const isStored = await lease.checkpoint(`${position}`).then(
        () => true,
        () => false,
      );
      if (isStored) this.#stored.set(id, Math.max(position, this.#stored.get(id) ?? 0));
    }
    if (signal.aborted) return;
    engine.leases.delete(id);
    await lease.release();
  }

  async step(step: Step): Promise<void> {
    const { clock } = this.world;
    if (step.kind === 'wait') return clock.advance(step.ms);
    if (step.kind === 'start') {
      if (this.engines.filter(({ alive }) => !alive.signal.aborted).length < 4) this.start();
      return settled();
    }
    const engine = this.engines[step.worker];
    if (engine === undefined || engine.alive.signal.aborted) return;
    if (step.kind === 'network') engine.link.fate = step.fate;
    if (step.kind === 'slow') engine.link.delayMs = () => this.#random() * step.ms;
    if (step.kind === 'stop') await this.#stop(engine);
    if (step.kind === 'crash') {
      engine.link.fate = 'not-sent';
      engine.alive.abort();
    }
  }

  async #stop(engine: Engine): Promise<void> {
    engine.alive.abort();
    const closed = new AbortController();
    void engine.ledger.close().then(() => closed.abort());
    while (!closed.signal.aborted) await this.world.clock.advance(leaseMs);
  }

  /** The network is well from now on. Long enough for every handover, and for what nobody may take yet. */
  async calm(): Promise<readonly Engine[]> {
    const alive = this.engines.filter((engine) => !engine.alive.signal.aborted);
    for (const { link } of alive) Object.assign(link, { fate: 'answered', delayMs: () => 0 });
    await this.world.clock.advance(20 * (leaseMs + this.#given.handlerMs));
    return alive;
  }
}

describe('processes that share partitions', () => {
  it('never own one at the same time, skip no checkpoint, and end up with even shares of all', async () => {
    await fc.assert(
      fc.asyncProperty(schedule, async (given) => {
        const cluster = new Cluster(given);
        cluster.start();
        for (const step of given.steps) {
          await cluster.step(step);
          expect(cluster.faults).toEqual([]);
        }
        cluster.start();
        const alive = await cluster.calm();
        const owned = alive.map((engine) => engine.believes());
        const counts = owned.map(({ length }) => length);
        expect(cluster.faults).toEqual([]);
        expect(owned.flat().toSorted()).toEqual(cluster.world.partitions);
        expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
        for (const engine of alive) engine.alive.abort();
      }),
      { numRuns: 200 },
    );
  }, 120_000);
});
