import type { FunctionErrorInfo } from '../journal/events.js';
import type { EnvironmentEnd } from './function-error.js';
import type { LogLine } from './lambda-function.js';

/** Hears what a person may want to know about the code of a pool. */
export interface PoolObserver {
  /** The first environment of this code starts to load. */
  loading(): void;
  loaded(startedAt: number, tookMs: number): void;
  loadFailed(startedAt: number, error: FunctionErrorInfo): void;
  /** An environment ended by itself while it had nothing to do. */
  ended(end: EnvironmentEnd): void;
  /** Files that the code consists of; they were read after `loadedAfter`. */
  filesLoaded(files: readonly string[], loadedAfter: number): void;
  output(line: LogLine): void;
}
