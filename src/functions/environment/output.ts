import fs, { writeSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { descriptors, type AfterOutput } from './messages.js';
import { encodeFrame, pieces, type FrameKind } from './output-frame.js';

type Level = Extract<FrameKind, 'trace' | 'debug' | 'info' | 'warn' | 'error'>;
type Write = typeof process.stdout.write;

const levels = {
  trace: 'trace',
  debug: 'debug',
  log: 'info',
  info: 'info',
  warn: 'warn',
  error: 'error',
} as const satisfies Record<string, Level>;

/**
 * Sends what the handler prints through a pipe of its own, with its level and the call it belongs to. Writing is
 * synchronous: whatever was printed before `process.exit`, a kill or a crash arrives, and a handler that prints
 * faster than anybody reads is slowed down instead of filling memory.
 */
export class Output {
  /** The running call; 0 between calls. */
  sequence = 0;
  #frames = 0;
  #wroteRaw = false;
  #level: Level | undefined;

  /** Takes over console and standard streams of this process. */
  install(): void {
    process.stdout.write = this.#writeTo('stdout');
    process.stderr.write = this.#writeTo('stderr');
    for (const [method, level] of Object.entries(levels) as readonly [keyof typeof levels, Level][]) {
      const original = console[method].bind(console);
      // The original formats (groups, colours off, %s) and ends in our `write`, which then knows the level.
      console[method] = (...args: readonly unknown[]): void => {
        this.#level = level;
        try {
          original(...args);
        } finally {
          this.#level = undefined;
        }
      };
    }
    this.#watchDescriptors();
  }

  /** What a message that follows must say about the output before it. */
  takeWritten(): AfterOutput {
    const written = { frames: this.#frames, wroteRaw: this.#wroteRaw };
    this.#wroteRaw = false;
    return written;
  }

  /** Some logging libraries write to descriptors 1 and 2 themselves. It arrives as raw output, and is only noted here. */
  #watchDescriptors(): void {
    for (const name of ['write', 'writeSync'] as const) {
      const original = fs[name] as (...args: readonly unknown[]) => unknown;
      const noted = (...args: readonly unknown[]): unknown => {
        if (args[0] === 1 || args[0] === 2) this.#wroteRaw = true;
        return original(...args);
      };
      // `promisify` finds a property of the original there.
      Object.defineProperties(noted, Object.getOwnPropertyDescriptors(original));
      Object.defineProperty(fs, name, { value: noted });
    }
    syncBuiltinESMExports();
  }

  #writeTo(stream: 'stdout' | 'stderr'): Write {
    return (
      chunk: string | Uint8Array,
      encodingOrDone?: BufferEncoding | ((error?: Error | null) => void),
      done?: (error?: Error | null) => void,
    ): boolean => {
      const encoding = typeof encodingOrDone === 'string' ? encodingOrDone : 'utf8';
      const text = typeof chunk === 'string' ? chunk : undefined;
      if (this.#level !== undefined && text !== undefined) this.#line(this.#level, text);
      else this.#bytes(stream, text === undefined ? (chunk as Uint8Array) : Buffer.from(text, encoding));
      const callback = typeof encodingOrDone === 'function' ? encodingOrDone : done;
      if (callback !== undefined) process.nextTick(callback, null);
      return true;
    };
  }

  #line(level: Level, text: string): void {
    const line = text.endsWith('\n') ? text.slice(0, -1) : text;
    for (const piece of pieces(line)) this.#send(level, Buffer.from(piece));
  }

  #bytes(stream: 'stdout' | 'stderr', bytes: Uint8Array): void {
    const step = 64 * 1024;
    for (let start = 0; start < bytes.length; start += step) this.#send(stream, bytes.subarray(start, start + step));
  }

  #send(kind: FrameKind, body: Uint8Array): void {
    this.#frames++;
    const frame = encodeFrame(kind, this.sequence, body);
    for (let written = 0; written < frame.length;) {
      try {
        written += writeSync(descriptors.output, frame, written);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') return; // nobody reads any more: this process is about to end
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
      }
    }
  }
}
