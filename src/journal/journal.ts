import { isoTime, type Clock } from '../platform/clock.js';
import type { JournalEntry, JournalEvent } from './events.js';

/** Gets every entry, in order. Must be quick. */
export type JournalReader = (entry: JournalEntry) => void;

/** What the engine sees of the journal. */
export interface JournalWriter {
  write(event: JournalEvent): void;
}

/** The one stream of what happened: stamps events and hands them to every reader. */
export class Journal implements JournalWriter {
  readonly #clock: Clock;
  readonly #readers = new Set<JournalReader>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Adds a reader; the returned function takes it away again. */
  subscribe(reader: JournalReader): () => void {
    this.#readers.add(reader);
    return () => this.#readers.delete(reader);
  }

  write(event: JournalEvent): void {
    const { type, ...rest } = event;
    const entry = { v: 2, at: isoTime(this.#clock.now()), type, ...rest } as JournalEntry;
    for (const reader of this.#readers) {
      try {
        reader(entry);
      } catch {
        // A reader's bug stays with that reader: delivery goes on, and the other readers see the entry.
      }
    }
  }
}
