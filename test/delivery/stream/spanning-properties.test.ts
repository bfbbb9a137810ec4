import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Lease } from '../../../src/contracts/checkpoint-store.js';
import { MemoryTopic } from '../../../src/testing/memory-topic.js';
import { VirtualClock } from '../../fakes/virtual-clock.js';
import { second } from './stream-world.js';
import { reportOf, topicMember } from './topic-world.js';

const minute = 60 * second;
const maxEventBytes = 6 * 1024 * 1024;

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
  partitions: fc.integer({ min: 1, max: 5 }),
  batchSize: fc.integer({ min: 1, max: 12 }),
  windowMs: fc.constantFrom(0, 0, 2 * second),
  lanes: fc.integer({ min: 1, max: 4 }),
  maxRetries: fc.constantFrom(undefined, 0, 1, 3),
  maxAgeMs: fc.constantFrom(undefined, undefined, 30 * second),
  bisects: fc.boolean(),
  reportsItemFailures: fc.boolean(),
  tookMs: fc.constantFrom(0, 300, 5 * second),
  /** How many of a hundred records always fail. */
  poison: fc.constantFrom(0, 0, 10, 30),
  /** How many of a hundred calls fail, whatever is in them. */
  trouble: fc.constantFrom(0, 10, 40),
  throttled: fc.constantFrom(0, 0, 20),
  /** How many of a hundred tries to tell the destination fail. */
  deaf: fc.constantFrom(0, 0, 20),
  /** How many records need a large part of an event, or more than there is. */
  large: fc.constantFrom(0, 0, 0, 0, 4),
  oversized: fc.constantFrom(0, 0, 0, 1),
  /** What happens to the group meanwhile, one after the other. */
  events: fc.array(fc.constantFrom('join', 'expel', 'crash', 'stop', 'add a partition', 'write'), { maxLength: 6 }),
});

type Settings = typeof settings extends fc.Arbitrary<infer T> ? T : never;
type Member = ReturnType<typeof topicMember>;

interface Written {
  readonly body: string;
  readonly partition: string;
  readonly offset: number;
  readonly id: string;
}

interface Call {
  bodies: readonly string[];
  /** Those that it has handled, as its answer says. */
  ok: readonly string[];
}

interface RunningCall {
  readonly call: Call;
  readonly partition: string;
  readonly lost: AbortSignal;
  /** Those of its process. */
  readonly leases: ReadonlyMap<string, Lease>;
}

/** A topic, and the members of its group over time, with everything that is seen of them. */
class Story {
  readonly clock = new VirtualClock();
  readonly topic: MemoryTopic;
  readonly written: Written[] = [];
  readonly calls: Call[] = [];
  /** Ids of records whose handler has succeeded, or that were given up. */
  readonly settled = new Set<string>();
  readonly discarded = new Set<string>();
  readonly told = new Set<string>();
  readonly broken: string[] = [];
  readonly members: Member[] = [];
  readonly #given: Settings;
  readonly #random: () => number;
  readonly #byBody = new Map<string, Written>();
  /** Calls that run, by the partitions of their records. */
  readonly #running = new Set<RunningCall>();
  /** The newest offset of each partition that was delivered. */
  readonly #newest = new Map<string, number>();
  #large: number;
  #oversized: number;

  constructor(given: Settings) {
    this.#given = given;
    this.#random = chance(given.seed);
    this.#large = given.large;
    this.#oversized = given.oversized;
    this.topic = new MemoryTopic({ clock: this.clock, partitions: given.partitions, rebalanceMs: 3 * second });
  }

  write(count: number): void {
    for (let left = count; left > 0; left--) {
      const { partitions } = this.topic;
      const partition = partitions[Math.floor(this.#random() * partitions.length)] ?? '';
      const name = `${this.#random() * 100 < this.#given.poison ? 'poison' : 'fine'}-${this.written.length}`;
      const body = `${name}${this.#padding()}`;
      const [record] = this.topic.write([{ body, key: name }], partition);
      const id = record?.id ?? '';
      const written = { body, partition, id, offset: Number(id.slice(id.indexOf('@') + 1)) };
      this.written.push(written);
      this.#byBody.set(body, written);
    }
  }

  join(): void {
    const member = topicMember(this.topic, this.clock, {
      ...this.#given,
      random: this.#random,
      destination: 'told',
    });
    this.members.push(member);
    this.#script(member);
    member.delivery.start();
  }

  /** A member leaves, with or without a word; another takes its place when it was the last. */
  async leave(how: 'crash' | 'stop'): Promise<void> {
    const member = this.#anyOf(this.members);
    if (member === undefined) return;
    this.members.splice(this.members.indexOf(member), 1);
    if (how === 'crash') member.ledger.crash();
    const stopped = member.delivery.stop();
    if (this.members.length === 0) this.join();
    await this.clock.advance(10 * second);
    await stopped;
  }

  expel(): void {
    this.#anyOf(this.members)?.ledger.expel();
  }

  async untilDrained(): Promise<void> {
    for (let waited = 0; waited < 600; waited++) {
      await this.clock.advance(10 * second);
      const drained = await Promise.all(this.members.map(({ delivery }) => delivery.isDrained()));
      if (drained.every(Boolean)) return;
    }
  }

  async end(): Promise<void> {
    const stopped = Promise.all(this.members.map(({ delivery }) => delivery.stop()));
    await this.clock.advance(10 * second);
    await stopped;
  }

  #anyOf(members: readonly Member[]): Member | undefined {
    return members[Math.floor(this.#random() * members.length)];
  }

  #padding(): string {
    if (this.#oversized > 0 && this.#random() < 0.2) {
      this.#oversized--;
      return 'x'.repeat(maxEventBytes);
    }
    if (this.#large > 0 && this.#random() < 0.3) {
      this.#large--;
      return 'x'.repeat(2_500_000);
    }
    return '';
  }

  #script(member: Member): void {
    const leases = new Map<string, Lease>();
    const { worker, destination } = member;
    worker.tookMs = this.#given.tookMs;
    const deliver = destination.deliver.bind(destination);
    destination.deliver = async (report) => {
      if (this.#random() * 100 < this.#given.deaf) throw new Error('no answer');
      await deliver(report);
      for (const { id } of report.records) this.told.add(id);
    };
    const invoke = worker.invoke.bind(worker);
    worker.invoke = async (request) => {
      if (Buffer.byteLength(request.eventText) > maxEventBytes) this.broken.push('an event is larger than 6 MB');
      const call: Call = { bodies: [], ok: [] };
      worker.reply = (bodies) => this.#answer(call, bodies);
      const running = invoke(request);
      this.#enter(call, leases);
      const outcome = await running;
      this.#leave(call);
      if (outcome.kind === 'succeeded') for (const body of call.ok) this.settled.add(this.#idOf(body));
      return outcome;
    };
    member.journal.subscribe((entry) => {
      if (entry.type !== 'discarded') return;
      if (entry.destination !== undefined && !this.told.has(entry.record))
        this.broken.push(`${entry.record} was discarded before its destination was told`);
      this.discarded.add(entry.record);
      this.settled.add(entry.record);
    });
    this.#watchLeases(member, leases);
  }

  #watchLeases({ ledger }: Member, leases: Map<string, Lease>): void {
    const claim = ledger.claim.bind(ledger);
    ledger.claim = async (ready) =>
      (await claim(ready)).map((lease) => {
        const { partition, from, lost, wanted } = lease;
        leases.set(partition, lease);
        const checkpoint = (position: string): Promise<void> => {
          this.#checkCommit(partition, position);
          return lease.checkpoint(position);
        };
        const { end, release } = { end: () => lease.end(), release: () => lease.release() };
        return { partition, from, lost, ...(wanted !== undefined && { wanted }), checkpoint, end, release };
      });
  }

  /** Nothing before what is committed may be unfinished. */
  #checkCommit(partition: string, position: string): void {
    const undone = this.written.find(
      (each) => each.partition === partition && each.offset < Number(position) && !this.settled.has(each.id),
    );
    if (undone !== undefined) this.broken.push(`${position} of ${partition} is committed before ${undone.id} is done`);
  }

  #answer(call: Call, bodies: readonly string[]) {
    const { throttled, trouble, reportsItemFailures } = this.#given;
    if (this.#random() * 100 < throttled) return 'throttle' as const;
    call.bodies = bodies;
    this.calls.push(call);
    const poison = bodies.filter((body) => body.startsWith('poison'));
    if (this.#random() * 100 < trouble || (poison.length > 0 && !reportsItemFailures)) return 'throw' as const;
    call.ok = bodies.filter((body) => !body.startsWith('poison'));
    return reportOf(
      ...poison.map((body) => {
        const { partition = '', offset = 0 } = this.#byBody.get(body) ?? {};
        return [partition, offset] as const;
      }),
    );
  }

  /** A call begins: of its partitions no other may run, but in a process that has lost them. */
  #enter(call: Call, leases: ReadonlyMap<string, Lease>): void {
    for (const partition of this.#partitionsOf(call.bodies)) {
      const lost = leases.get(partition)?.lost ?? new AbortController().signal;
      if (lost.aborted) this.broken.push(`a call for ${partition}, which was lost before`);
      const running = [...this.#running].filter(
        (other) => other.partition === partition && (other.leases === leases || !other.lost.aborted),
      );
      if (running.length > 0) this.broken.push(`two batches of ${partition} at a time`);
      this.#running.add({ call, partition, lost, leases });
    }
    for (const body of call.bodies) this.#checkOrder(body);
  }

  #leave(call: Call): void {
    for (const each of this.#running) if (each.call === call) this.#running.delete(each);
  }

  /** Whatever was written before a record that is delivered for the first time was delivered before, or given up. */
  #checkOrder(body: string): void {
    const { partition = '', offset = 0, id = '' } = this.#byBody.get(body) ?? {};
    const newest = this.#newest.get(partition) ?? -1;
    if (offset <= newest) return;
    this.#newest.set(partition, offset);
    const skipped = this.written.find(
      (each) =>
        each.partition === partition && each.offset > newest && each.offset < offset && !this.settled.has(each.id),
    );
    if (skipped !== undefined) this.broken.push(`${id} is delivered before ${skipped.id}`);
  }

  #partitionsOf(bodies: readonly string[]): ReadonlySet<string> {
    return new Set(bodies.map((body) => this.#byBody.get(body)?.partition ?? ''));
  }

  #idOf(body: string): string {
    return this.#byBody.get(body)?.id ?? '';
  }
}

async function tell(given: Settings): Promise<Story> {
  const story = new Story(given);
  story.join();
  story.write(given.records);
  await story.clock.advance(second);
  for (const event of given.events) {
    if (event === 'join') story.join();
    else if (event === 'expel') story.expel();
    else if (event === 'crash' || event === 'stop') await story.leave(event);
    else if (event === 'add a partition') story.topic.addPartition();
    else story.write(10);
    await story.clock.advance(5 * second);
  }
  if (isEndless(given)) await story.clock.advance(minute);
  else await story.untilDrained();
  await story.end();
  return story;
}

/** Some records are called again for ever. */
function isEndless({ maxRetries, maxAgeMs, poison }: Settings): boolean {
  return maxRetries === undefined && maxAgeMs === undefined && poison > 0;
}

describe('with events that span partitions, whatever the settings, failures, rebalances and crashes', () => {
  const runs = { numRuns: 100, interruptAfterTimeLimit: 12_000, markInterruptAsFailure: false } as const;

  it('no rule is ever broken: commits, order, one batch of a partition at a time, 6 MB, destinations told first', async () => {
    await fc.assert(
      fc.asyncProperty(settings, async (given) => {
        expect((await tell(given)).broken).toEqual([]);
      }),
      runs,
    );
  });

  it('every record is handled or given up', async () => {
    await fc.assert(
      fc.asyncProperty(
        settings.filter((given) => !isEndless(given)),
        async (given) => {
          const { written, settled, topic } = await tell(given);
          expect(written.filter(({ id }) => !settled.has(id))).toEqual([]);
          const ends = topic.partitions.map((partition) => endOf(written, partition));
          expect(topic.partitions.map((partition) => committed(topic, partition))).toEqual(ends);
        },
      ),
      runs,
    );
  });
});

function committed({ group }: MemoryTopic, partition: string): number {
  const state = group.content.partitions.get(partition);
  return state?.kind === 'open' && state.from.kind === 'after' ? Number(state.from.position) : 0;
}

function endOf(written: readonly Written[], partition: string): number {
  return written.filter((each) => each.partition === partition).length;
}
