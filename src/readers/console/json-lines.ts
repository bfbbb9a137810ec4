import type { Writable } from 'node:stream';
import { isoTime, type Clock } from '../../platform/clock.js';
import { BoundedOutput } from './bounded-output.js';
import { entryLine } from '../../journal/line-buffer.js';
import type { JournalEntry } from '../../journal/events.js';
import type { JournalReader } from '../../journal/journal.js';
import { LineBuffer } from '../../journal/line-buffer.js';

interface JsonLinesOptions {
  readonly stream: Writable;
  readonly clock: Clock;
}

const writeEveryMs = 20;
const chunkBytes = 64 * 1024;
const maxPendingBytes = 64 * 1024 * 1024;

/**
 * A reader of the journal that writes every entry as a line of JSON: `run --json`.
 *
 * Delivery does not wait for whoever reads the lines. When more than 64 MiB wait to be read, entries are left out, and
 * a `notice` entry in their place says how many.
 */
export class JsonLines {
  readonly #lines: LineBuffer;
  readonly #output: BoundedOutput;

  constructor({ stream, clock }: JsonLinesOptions) {
    const output = new BoundedOutput({
      stream,
      maxPendingBytes,
      gap: (lines) => `${entryLine(gap(lines, clock))}\n`,
    });
    this.#output = output;
    this.#lines = new LineBuffer({
      clock,
      everyMs: writeEveryMs,
      chunkBytes,
      drain: (chunk, lines) => output.write(chunk, lines),
    });
  }

  readonly read: JournalReader = (entry) => {
    this.#lines.add(entryLine(entry));
  };

  /** Resolves when everything was taken by the reader of the stream, or the reader is gone. */
  async flush(): Promise<void> {
    this.#lines.flush();
    await this.#output.flushed();
  }
}

function gap(lines: number, clock: Clock): JournalEntry {
  const because = `${lines.toLocaleString('en-US')} entries left out: standard output is read too slowly`;
  return { v: 2, at: isoTime(clock.now()), type: 'notice', level: 'warn', because };
}
