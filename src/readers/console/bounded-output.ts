import type { Writable } from 'node:stream';

interface BoundedOutputOptions {
  readonly stream: Writable;
  /** More than this is not kept in memory for a slow reader. */
  readonly maxPendingBytes: number;
  /** What is written in the place of lines that were left out. */
  readonly gap: (lines: number) => string;
}

/**
 * Writes to a stream whose reader may be slow or gone. The engine never waits for a reader of its journal, so what a
 * slow one cannot take is left out and counted, not piled up.
 */
export class BoundedOutput {
  readonly #options: BoundedOutputOptions;
  readonly #closed = (): void => {
    this.#open = false; // EPIPE: the other side of the pipe went away; nobody is left to be told
  };
  #open = true;
  #left = 0;

  constructor(options: BoundedOutputOptions) {
    this.#options = options;
    options.stream.on('error', this.#closed);
  }

  write(chunk: Buffer, lines: number): void {
    const { stream, maxPendingBytes } = this.#options;
    if (!this.#open || stream.destroyed) return;
    if (stream.writableLength > maxPendingBytes) {
      this.#left += lines;
      return;
    }
    this.#tellGap();
    stream.write(chunk);
  }

  /** Resolves when everything so far was taken by the system, or never will be. */
  async flushed(): Promise<void> {
    const { stream } = this.#options;
    if (!this.#open || stream.destroyed) return;
    this.#tellGap();
    await new Promise<void>((resolve) => {
      const done = (): void => {
        stream.off('close', done);
        resolve();
      };
      stream.once('close', done);
      stream.write('', done);
    });
  }

  #tellGap(): void {
    if (this.#left === 0) return;
    this.#options.stream.write(this.#options.gap(this.#left));
    this.#left = 0;
  }
}
