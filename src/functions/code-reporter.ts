import type { FunctionErrorInfo } from '../journal/events.js';
import type { JournalWriter } from '../journal/journal.js';
import { errorOfEnd, type EnvironmentEnd } from './function-error.js';
import type { LogLine } from './lambda-function.js';
import type { PoolObserver } from './pool-observer.js';

/** What a reporter passes on to whoever watches the files. */
interface CodeListener {
  readonly filesLoaded: (files: readonly string[], loadedAfter: number) => void;
  readonly loadEnded: (result: 'loaded' | 'failed', startedAt: number) => void;
}

/**
 * Writes to the journal what becomes of a function's code. Environments come and go all the time; only what is news
 * about the code is written: its first load, a failure, a different failure, that it works again.
 */
export class CodeReporter implements PoolObserver {
  readonly #name: string;
  readonly #source: string;
  readonly #journal: JournalWriter;
  readonly #listener: CodeListener;
  /** `ready`, or the message of the last failure. */
  #news: string | undefined;
  #change: string | undefined;

  /** `source`: where the code is, in the user's words. */
  constructor(name: string, source: string, journal: JournalWriter, listener: CodeListener) {
    this.#name = name;
    this.#source = source;
    this.#journal = journal;
    this.#listener = listener;
  }

  /** The next load is due to this change. */
  changed(because: string): void {
    this.#change = because;
    this.#news = undefined;
  }

  loading(): void {
    if (this.#change === undefined) this.#write('loading', this.#source);
  }

  loaded(startedAt: number, tookMs: number): void {
    this.#listener.loadEnded('loaded', startedAt);
    if (this.#news === 'ready') return;
    this.#news = 'ready';
    if (this.#change === undefined) this.#write('ready', `${this.#source} loaded in ${tookMs} ms`);
    else this.#write('reloaded', `${this.#change}; loaded in ${tookMs} ms`);
    this.#change = undefined;
  }

  loadFailed(startedAt: number, error: FunctionErrorInfo): void {
    this.#listener.loadEnded('failed', startedAt);
    const news = `${error.errorType}: ${error.errorMessage}`;
    if (this.#news === news) return;
    this.#news = news;
    const because = this.#change === undefined ? news : `${this.#change}; ${news}`;
    this.#write('failed', because, error);
  }

  ended(end: EnvironmentEnd): void {
    const message = `an execution environment ended while it had nothing to do: ${errorOfEnd(end).errorMessage}`;
    this.output({ level: 'warn', message });
  }

  filesLoaded(files: readonly string[], loadedAfter: number): void {
    this.#listener.filesLoaded(files, loadedAfter);
  }

  output({ level, message }: LogLine): void {
    this.#journal.write({ type: 'function-log', function: this.#name, level, message });
  }

  #write(state: 'loading' | 'ready' | 'failed' | 'reloaded', because: string, error?: FunctionErrorInfo): void {
    const event = { type: 'function-state', function: this.#name, state, because } as const;
    this.#journal.write(error === undefined ? event : { ...event, error });
  }
}
