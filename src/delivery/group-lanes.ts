/** A place in the lanes of one or more message groups. */
export interface LaneTicket {
  /** Resolves when every earlier batch of these groups has left. */
  readonly ready: Promise<void>;
  /** Groups in which an earlier batch failed meanwhile: their messages in this batch must wait for the failed ones. */
  readonly blocked: ReadonlySet<string>;
  /** Frees the lanes, and blocks whatever waits behind the given groups. */
  leave(failedGroups?: ReadonlySet<string>): void;
}

interface Waiting {
  readonly groups: Set<string>;
  readonly blocked: Set<string>;
  readonly enter: () => void;
}

const notYet = (): void => {};

/**
 * Keeps one batch at a time per message group, in the order in which batches came. SQS hides the later messages of a
 * group while earlier ones are in flight, but an expired visibility timeout, or a server that does not, hands them out
 * twice: then the second batch waits here.
 */
export class GroupLanes {
  readonly #lanes = new Map<string, Waiting[]>();

  /** Takes a place behind all earlier batches of these groups. */
  enqueue(groups: ReadonlySet<string>): LaneTicket {
    let enter = notYet;
    const ready = new Promise<void>((resolve) => (enter = resolve));
    const waiting: Waiting = { groups: new Set(groups), blocked: new Set(), enter };
    for (const group of groups) {
      const lane = this.#lanes.get(group);
      if (lane === undefined) this.#lanes.set(group, [waiting]);
      else lane.push(waiting);
    }
    this.#admit(waiting);
    return { ready, blocked: waiting.blocked, leave: (failedGroups) => this.#leave(waiting, failedGroups) };
  }

  #admit(waiting: Waiting): void {
    for (const group of waiting.groups) if (this.#lanes.get(group)?.[0] !== waiting) return;
    waiting.enter();
  }

  #leave(leaving: Waiting, failedGroups: ReadonlySet<string> | undefined): void {
    const next = new Set<Waiting>();
    for (const group of leaving.groups) {
      const behind = (this.#lanes.get(group) ?? []).filter((other) => other !== leaving);
      if (failedGroups?.has(group) === true) {
        for (const other of behind) {
          other.groups.delete(group);
          other.blocked.add(group);
          next.add(other);
        }
        this.#lanes.delete(group);
      } else if (behind[0] === undefined) {
        this.#lanes.delete(group);
      } else {
        this.#lanes.set(group, behind);
        next.add(behind[0]);
      }
    }
    for (const waiting of next) this.#admit(waiting);
  }
}
