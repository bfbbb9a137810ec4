import {
  LeaseLostError,
  type Lease,
  type Ledger,
  type LedgerContent,
  type PartitionState,
} from '../contracts/checkpoint-store.js';
import type { StartPoint } from '../contracts/stream-source.js';
import type { Clock } from '../platform/clock.js';

export interface MemoryGroupOptions {
  readonly clock: Clock;
  /** The partitions that are shared out, in their order. */
  readonly partitions: () => readonly string[];
  /** How long a member may take to give a partition back that is to be another's, in milliseconds. */
  readonly rebalanceMs: number;
}

/**
 * A consumer group in memory: shares the partitions of a topic out among its members, and keeps what they commit. Each change
 * of its members is a new generation. A partition changes hands when its member has given it back, or has had the time to.
 */
export class MemoryGroup {
  /** Everything that was committed, in order. */
  readonly history: { readonly partition: string; readonly position: string }[] = [];
  readonly #options: MemoryGroupOptions;
  readonly #members: GroupMember[] = [];
  readonly #leases = new Map<string, GroupLease>();
  #identity: string | undefined;
  #committed = new Map<string, PartitionState>();
  #generation = 0;

  constructor(options: MemoryGroupOptions) {
    this.#options = options;
  }

  /** How often the members have changed. */
  get generation(): number {
    return this.#generation;
  }

  get content(): LedgerContent {
    return { identity: this.#identity, partitions: new Map(this.#committed) };
  }

  /** One that joins when it first asks for partitions. */
  member(): GroupMember {
    return new GroupMember(this);
  }

  replace(identity: string, partitions: ReadonlyMap<string, PartitionState>): void {
    for (const lease of this.#leases.values()) this.#revoke(lease);
    this.#identity = identity;
    this.#committed = new Map(partitions);
  }

  add(partitions: ReadonlyMap<string, PartitionState>): void {
    if (this.#identity === undefined) throw new Error('partitions cannot be added before the ledger has begun');
    for (const [id, state] of partitions) if (!this.#committed.has(id)) this.#committed.set(id, state);
    this.#shareOut();
  }

  remove(partitions: readonly string[]): void {
    for (const id of partitions) {
      const lease = this.#leases.get(id);
      if (lease !== undefined) this.#revoke(lease);
      this.#committed.delete(id);
    }
  }

  join(member: GroupMember): void {
    if (this.#members.includes(member)) return;
    this.#members.push(member);
    this.#rebalance();
  }

  /** The member is gone, whatever it has in hand. */
  leave(member: GroupMember): void {
    const index = this.#members.indexOf(member);
    if (index === -1) return;
    this.#members.splice(index, 1);
    for (const lease of this.#leases.values()) if (lease.member === member) this.#revoke(lease);
    this.#rebalance();
  }

  claim(member: GroupMember, ready: readonly string[]): readonly Lease[] {
    return ready.flatMap((id) => {
      const state = this.#committed.get(id);
      if (state?.kind !== 'open' || this.#leases.has(id) || this.#ownerOf(id) !== member) return [];
      const lease = new GroupLease(this, { member, partition: id, from: state.from, generation: this.#generation });
      this.#leases.set(id, lease);
      return [lease];
    });
  }

  isWorkedOnElsewhere(member: GroupMember, partition: string): boolean {
    return (this.#leases.get(partition)?.member ?? this.#ownerOf(partition)) !== member;
  }

  commit(lease: GroupLease, state: PartitionState): void {
    const { partition, generation } = lease;
    if (this.#leases.get(partition) !== lease)
      throw new LeaseLostError(`generation ${generation} of the group is over for ${partition}`);
    this.#committed.set(partition, state);
    if (state.kind === 'open' && state.from.kind === 'after')
      this.history.push({ partition, position: state.from.position });
  }

  release(lease: GroupLease): void {
    if (this.#leases.get(lease.partition) !== lease) return;
    this.#leases.delete(lease.partition);
    lease.cancelDeadline();
    this.#ownerOf(lease.partition)?.tell();
  }

  #rebalance(): void {
    this.#generation++;
    this.#shareOut();
  }

  /** Asks for what is in the wrong hands, and tells those who may take something. */
  #shareOut(): void {
    for (const id of this.#committed.keys()) {
      const lease = this.#leases.get(id);
      const owner = this.#ownerOf(id);
      if (lease === undefined) owner?.tell();
      else if (lease.member !== owner && !lease.wanted.aborted) {
        const { clock, rebalanceMs } = this.#options;
        lease.ask(clock.after(rebalanceMs, () => this.#revoke(lease)));
      }
    }
  }

  #revoke(lease: GroupLease): void {
    lease.revoke();
    this.release(lease);
  }

  /** Whose the partition is to be. */
  #ownerOf(partition: string): GroupMember | undefined {
    const { length } = this.#members;
    const index = this.#options.partitions().indexOf(partition);
    return index === -1 || length === 0 ? undefined : this.#members[index % length];
  }
}

/** A member of a group, which is the ledger of a source that takes part in it. */
export class GroupMember implements Ledger {
  readonly claimEveryMs = undefined;
  readonly #group: MemoryGroup;
  #changed: () => void = () => {};
  #isGone = false;

  constructor(group: MemoryGroup) {
    this.#group = group;
  }

  /** The group has not heard of it for too long: what it has in hand is another's. It may join again. */
  expel(): void {
    this.#group.leave(this);
    this.tell();
  }

  /** Its process has ended without a word. */
  crash(): void {
    this.#isGone = true;
    this.#group.leave(this);
  }

  /** There may be something to claim. */
  tell(): void {
    this.#changed();
  }

  async read(): Promise<LedgerContent> {
    return this.#group.content;
  }

  async begin(identity: string, partitions: ReadonlyMap<string, PartitionState>): Promise<void> {
    if (this.#group.content.identity !== identity) this.#group.replace(identity, partitions);
  }

  async replace(identity: string, partitions: ReadonlyMap<string, PartitionState>): Promise<void> {
    this.#group.replace(identity, partitions);
  }

  async add(partitions: ReadonlyMap<string, PartitionState>): Promise<void> {
    this.#group.add(partitions);
  }

  async remove(partitions: readonly string[]): Promise<void> {
    this.#group.remove(partitions);
  }

  async claim(ready: readonly string[]): Promise<readonly Lease[]> {
    if (this.#isGone) return [];
    this.#group.join(this);
    return this.#group.claim(this, ready);
  }

  isWorkedOnElsewhere(partition: string): boolean {
    return this.#group.isWorkedOnElsewhere(this, partition);
  }

  onChange(changed: () => void): void {
    this.#changed = changed;
  }

  async close(): Promise<void> {
    this.#isGone = true;
    this.#group.leave(this);
  }
}

class GroupLease implements Lease {
  readonly member: GroupMember;
  readonly partition: string;
  readonly from: StartPoint;
  /** In which it was given. */
  readonly generation: number;
  readonly #group: MemoryGroup;
  readonly #lost = new AbortController();
  readonly #wanted = new AbortController();
  #cancelDeadline: () => void = () => {};

  constructor(
    group: MemoryGroup,
    given: {
      readonly member: GroupMember;
      readonly partition: string;
      readonly from: StartPoint;
      readonly generation: number;
    },
  ) {
    this.#group = group;
    this.member = given.member;
    this.partition = given.partition;
    this.from = given.from;
    this.generation = given.generation;
  }

  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  get wanted(): AbortSignal {
    return this.#wanted.signal;
  }

  /** Asks for it, until a deadline at which it is taken away. */
  ask(cancelDeadline: () => void): void {
    this.#cancelDeadline = cancelDeadline;
    this.#wanted.abort();
  }

  cancelDeadline(): void {
    this.#cancelDeadline();
  }

  revoke(): void {
    this.#lost.abort();
  }

  async checkpoint(position: string): Promise<void> {
    this.#group.commit(this, { kind: 'open', from: { kind: 'after', position } });
  }

  async end(): Promise<void> {
    this.#group.commit(this, { kind: 'ended' });
  }

  async release(): Promise<void> {
    this.#group.release(this);
  }
}
