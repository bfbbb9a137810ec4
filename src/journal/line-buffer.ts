import type { Clock } from '../platform/clock.js';
import type { JournalEntry } from './events.js';

interface LineBufferOptions {
  readonly clock: Clock;
  /** The longest a line waits. */
  readonly everyMs: number;
  /** Lines are handed over in chunks of at most this many bytes; a longer line goes alone. */
  readonly chunkBytes: number;
  /** Gets whole lines as UTF-8, each with its line feed. */
  readonly drain: (chunk: Buffer, lines: number) => void;
}

const lineFeed = 10;
/** One UTF-16 unit takes at most so many bytes in UTF-8. */
const mostBytesPerUnit = 3;

/**
 * Collects lines and hands them over in chunks: one write for each line would cost more than everything before it.
 * Lines are encoded as they come; joining strings first and encoding them then takes twice as long.
 */
export class LineBuffer {
  readonly #options: LineBufferOptions;
  #bytes: Buffer | undefined;
  #used = 0;
  #lines = 0;
  #cancelTimer: (() => void) | undefined;

  constructor(options: LineBufferOptions) {
    this.#options = options;
  }

  add(line: string): void {
    const { clock, everyMs, chunkBytes } = this.#options;
    // The exact length costs as much as the encoding, and matters only near the end of the chunk.
    const length = line.length * mostBytesPerUnit + 1 <= chunkBytes - this.#used ? 0 : Buffer.byteLength(line) + 1;
    if (this.#used + length > chunkBytes) this.flush();
    if (length > chunkBytes) {
      this.#options.drain(Buffer.from(`${line}\n`), 1);
      return;
    }
    this.#bytes ??= Buffer.allocUnsafeSlow(chunkBytes);
    this.#used += this.#bytes.write(line, this.#used);
    this.#bytes[this.#used++] = lineFeed;
    this.#lines++;
    this.#cancelTimer ??= clock.after(everyMs, () => this.flush());
  }

  /** Hands over what is there. No timer is left behind. */
  flush(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    if (this.#lines === 0 || this.#bytes === undefined) return;
    const [bytes, used, lines] = [this.#bytes, this.#used, this.#lines];
    this.#used = 0;
    this.#lines = 0;
    // Who gets a chunk may keep it until it is written. A short one is copied, so that the room can be used again.
    const short = used < bytes.length / 4;
    if (!short) this.#bytes = undefined;
    this.#options.drain(short ? Buffer.from(bytes.subarray(0, used)) : bytes.subarray(0, used), lines);
  }
}

const lineSeparators = /[\u2028\u2029]/g;

/** An entry as one line of JSON. Some readers of lines also end them at Unicode's own separators: those are escaped. */
export function entryLine(entry: JournalEntry): string {
  return JSON.stringify(entry).replaceAll(lineSeparators, (separator) => `\\u${separator.charCodeAt(0).toString(16)}`);
}
