/** What became of messages that were not handled: they failed, or went back to the queue without a try. */
export type LeftBehind = 'failed' | 'given-back';

/** The turn of a batch in one or more message groups. */
export interface GroupTurn {
  /** Resolves when every earlier batch of these groups has left. */
  readonly ready: Promise<void>;
  /** Groups in which an earlier batch was not handled: their messages in this batch must not overtake those. */
  readonly blocked: ReadonlyMap<string, LeftBehind>;
  /** Ends the turn, and blocks whatever waits behind the given groups. */
  leave(left: ReadonlyMap<string, LeftBehind>): void;
}

interface Waiting {
  readonly groups: Set<string>;
  readonly blocked: Map<string, LeftBehind>;
  readonly enter: () => void;
}

const notYet = (): void => {};

/**
 * Keeps one batch at a time per message group, in the order in which batches came. SQS hides the later messages of a
 * group while earlier ones are in flight, but an expired visibility timeout, or a server that does not, hands them out
 * twice: then the second batch waits here.
 */
export class GroupTurns {
  readonly #waiting = new Map<string, Waiting[]>();

  /** Takes a place behind all earlier batches of these groups. */
  enqueue(groups: ReadonlySet<string>): GroupTurn {
    let enter = notYet;
    const ready = new Promise<void>((resolve) => (enter = resolve));
    const waiting: Waiting = { groups: new Set(groups), blocked: new Map(), enter };
    for (const group of groups) {
      const line = this.#waiting.get(group);
      if (line === undefined) this.#waiting.set(group, [waiting]);
      else line.push(waiting);
    }
    this.#admit(waiting);
    return { ready, blocked: waiting.blocked, leave: (left) => this.#leave(waiting, left) };
  }

  #admit(waiting: Waiting): void {
    for (const group of waiting.groups) if (this.#waiting.get(group)?.[0] !== waiting) return;
    waiting.enter();
  }

  #leave(leaving: Waiting, left: ReadonlyMap<string, LeftBehind>): void {
    const next = new Set<Waiting>();
    for (const group of leaving.groups) {
      const behind = (this.#waiting.get(group) ?? []).filter((other) => other !== leaving);
      const how = left.get(group);
      if (how !== undefined) {
        for (const other of behind) {
          other.groups.delete(group);
          other.blocked.set(group, how);
          next.add(other);
        }
        this.#waiting.delete(group);
      } else if (behind[0] === undefined) {
        this.#waiting.delete(group);
      } else {
        this.#waiting.set(group, behind);
        next.add(behind[0]);
      }
    }
    for (const waiting of next) this.#admit(waiting);
  }
}
