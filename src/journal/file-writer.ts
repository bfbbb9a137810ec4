import { access } from 'node:fs/promises';
import { closeSync, fstatSync, openSync, readdirSync, readSync, rmSync } from 'node:fs';
import path from 'node:path';
import type { Writable } from 'node:stream';
import { createStream } from 'rotating-file-stream';
import type { Clock } from '../platform/clock.js';
import { Lifecycle } from '../platform/lifecycle.js';
import { messageOf } from '../platform/millrace-error.js';
import { entryLine } from './line-buffer.js';
import type { JournalEntry } from './events.js';
import type { JournalReader } from './journal.js';
import { LineBuffer } from './line-buffer.js';
import { cut } from './short-text.js';

export interface JournalFileOptions {
  /** `<state>/journal`; made when it is missing. */
  readonly folder: string;
  readonly clock: Clock;
  /** Size of one file. */
  readonly fileBytes: number;
  /** How many files are kept: the journal never takes more than `fileBytes * files`. At least 2. */
  readonly files: number;
  /** Told once when the journal cannot be written, and once when it can again. */
  readonly trouble: (because: string) => void;
}

const flushEveryMs = 20;
const largestChunk = 256 * 1024;
/** What may wait for a slow disk. */
const maxPendingBytes = 16 * 1024 * 1024;
const longestMessage = 32 * 1024;
const firstRetryMs = 5_000;
const longestRetryMs = 300_000;
const lookEveryMs = 1_000;

/** The name of a journal file; 0 is the one being written, the highest is the oldest. */
export function journalFileName(age: number): string {
  return age === 0 ? 'journal.jsonl' : `journal.${age}.jsonl`;
}

const journalFile = /^journal(?:\.(?<age>\d+))?\.jsonl$/;

/** The inverse of `journalFileName`; undefined for any other file. */
export function journalFileAge(name: string): number | undefined {
  const match = journalFile.exec(name);
  return match === null ? undefined : Number(match.groups?.['age'] ?? 0);
}

/**
 * A reader of the journal that keeps it in files. A kill loses at most the last 20 ms.
 *
 * A disk that is full or a folder that disappears is told once and never stops delivery: entries are left out until
 * writing works again, which is tried after 5 s and then ever less often.
 */
export class JournalFileWriter {
  readonly #options: JournalFileOptions;
  readonly #lines: LineBuffer;
  readonly #chunkBytes: number;
  readonly #life = new Lifecycle({ onStop: () => this.#finish() });
  #stream: Writable | undefined;
  #broken = false;
  #toldAt = Number.NEGATIVE_INFINITY;
  #missing = 0;
  #retryAt = 0;
  #retryMs = firstRetryMs;
  #lookedAt: number;
  /** Counts files opened: a look at the file that spans a rotation says nothing. */
  #opened = 0;

  constructor(options: JournalFileOptions) {
    this.#options = options;
    this.#lookedAt = options.clock.now();
    this.#chunkBytes = Math.min(largestChunk, Math.ceil(options.fileBytes / 2));
    this.#lines = new LineBuffer({
      clock: options.clock,
      everyMs: flushEveryMs,
      chunkBytes: this.#chunkBytes,
      drain: (chunk, lines) => this.#write(chunk, lines),
    });
    removeSurplus(options);
    this.#open();
  }

  readonly read: JournalReader = (entry) => {
    if (!this.#life.isStopping) this.#lines.add(entryLine(withinReason(entry)));
  };

  /** Resolves when everything before was handed to the operating system, or cannot be. */
  async flush(): Promise<void> {
    this.#lines.flush();
    const stream = this.#stream;
    if (stream !== undefined) await new Promise<void>((resolve) => stream.write('', () => resolve()));
  }

  close(): Promise<void> {
    return this.#life.stop();
  }

  async #finish(): Promise<void> {
    this.#lines.flush();
    const stream = this.#stream;
    this.#stream = undefined;
    if (stream === undefined || stream.destroyed) return;
    await new Promise<void>((resolve) => {
      stream.once('close', () => resolve());
      stream.end();
    });
  }

  #open(): void {
    const { folder, fileBytes, files } = this.#options;
    const stream = createStream((age) => journalFileName(Number(age ?? 0)), {
      path: folder,
      // A file is rotated after the chunk that reaches this size, so that it never grows beyond `fileBytes`.
      size: `${Math.max(1, fileBytes - this.#chunkBytes)}B`,
      rotate: Math.max(1, files - 1),
    });
    stream.on('error', (error) => this.#broke(stream, messageOf(error)));
    stream.on('rotation', () => this.#opened++);
    stream.on('open', () => this.#opened++);
    this.#stream = stream;
    if (endsInsideLine(path.join(folder, journalFileName(0)))) stream.write('\n');
  }

  #write(chunk: Buffer, lines: number): void {
    if (this.#stream === undefined) this.#tryAgain();
    const stream = this.#stream;
    if (stream === undefined || stream.writableLength > maxPendingBytes) {
      this.#missing += lines;
      return;
    }
    stream.write(chunk, (error) => {
      if (error) this.#missing += lines;
      else if (this.#stream === stream) this.#worked();
    });
    this.#lookForFile(stream);
  }

  #tryAgain(): void {
    if (!this.#life.isStopping && this.#options.clock.now() >= this.#retryAt) this.#open();
  }

  #worked(): void {
    this.#retryMs = firstRetryMs;
    if (this.#missing === 0 && !this.#broken) return;
    const now = this.#options.clock.now();
    if (now - this.#toldAt < firstRetryMs) return;
    this.#toldAt = now;
    const gap = `${this.#missing.toLocaleString('en-US')} entries are missing from it`;
    this.#options.trouble(
      this.#broken ? `the journal is written again; ${gap}` : `the disk is too slow for the journal; ${gap}`,
    );
    this.#broken = false;
    this.#missing = 0;
  }

  #broke(stream: Writable, reason: string): void {
    if (this.#stream !== stream) return;
    this.#stream = undefined;
    this.#retryAt = this.#options.clock.now() + this.#retryMs;
    this.#retryMs = Math.min(longestRetryMs, this.#retryMs * 2);
    if (this.#broken || this.#life.isStopping) return;
    this.#broken = true;
    this.#options.trouble(
      `the journal in ${this.#options.folder} cannot be written: ${reason}. Delivery goes on; \`millrace why\` will not ` +
        'know what happens until the folder is writable and has space',
    );
  }

  /** A removed file would be written to, unseen, for as long as it stays open. */
  #lookForFile(stream: Writable): void {
    const { clock, folder } = this.#options;
    if (this.#opened === 0 || clock.now() - this.#lookedAt < lookEveryMs) return;
    this.#lookedAt = clock.now();
    const opened = this.#opened;
    access(path.join(folder, journalFileName(0))).catch(() => {
      if (this.#life.isStopping || this.#stream !== stream || this.#opened !== opened) return;
      stream.end();
      this.#open();
      this.#options.trouble(`the journal file in ${folder} was removed; a new one was begun, earlier entries are gone`);
    });
  }
}

/** The limit may have been lowered since the last start; rotation only knows the files it makes itself. */
function removeSurplus({ folder, files }: JournalFileOptions): void {
  try {
    for (const name of readdirSync(folder)) {
      const age = journalFileAge(name);
      if (age !== undefined && age >= files) rmSync(path.join(folder, name));
    }
  } catch {
    // no folder yet; or one that cannot be read, which writing will report
  }
}

/** A kill may leave half a line at the end; the next entry must not be glued to it. */
function endsInsideLine(file: string): boolean {
  let descriptor: number | undefined;
  try {
    descriptor = openSync(file, 'r');
    const { size } = fstatSync(descriptor);
    const last = Buffer.alloc(1);
    return size > 0 && readSync(descriptor, last, 0, 1, size - 1) === 1 && last.toString() !== '\n';
  } catch {
    return false; // no file yet; or one that cannot be read, which writing will report
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

/** Cuts texts that would fill the files with one entry: what a handler prints or throws has no limit. */
function withinReason(entry: JournalEntry): JournalEntry {
  if (entry.type === 'function-log' && entry.message.length > longestMessage) {
    return { ...entry, message: cut(entry.message, longestMessage) };
  }
  if (entry.type === 'failed' && entry.error !== undefined && entry.error.errorMessage.length > longestMessage) {
    return { ...entry, error: { ...entry.error, errorMessage: cut(entry.error.errorMessage, longestMessage) } };
  }
  return entry;
}
