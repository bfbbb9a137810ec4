import type { MappingRef, PollerState } from '../journal/events.js';
import type { JournalWriter } from '../journal/journal.js';
import { isoTime } from '../platform/clock.js';

/** The state of a poller and its reason; every change is written to the journal. */
export class PollerStatus {
  readonly #journal: JournalWriter;
  readonly #mapping: MappingRef;
  #state: PollerState = 'starting';
  #because = '';
  #changed: () => void = () => {};

  constructor(journal: JournalWriter, mapping: MappingRef) {
    this.#journal = journal;
    this.#mapping = mapping;
  }

  get state(): PollerState {
    return this.#state;
  }

  get because(): string {
    return this.#because;
  }

  /** Calls `listener` after every change; there is one listener. */
  onChange(listener: () => void): void {
    this.#changed = listener;
  }

  /** A state with the same reason again is no change: a queue that is missing for an hour makes one entry. */
  change(state: PollerState, because: string, nextTryAt?: number): void {
    if (state === this.#state && because === this.#because) return;
    this.#state = state;
    this.#because = because;
    this.#journal.write({
      type: 'state-changed',
      mapping: this.#mapping,
      state,
      because,
      ...(nextTryAt === undefined ? {} : { nextTryAt: isoTime(nextTryAt) }),
    });
    this.#changed();
  }
}
