import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { FSWatcher } from 'chokidar';
import type { Clock } from '../platform/clock.js';
import { messageOf } from '../platform/millrace-error.js';

/**
 * Editors write a file in several steps: changes this close together are one. Longer than the 50 ms for which chokidar tells
 * nothing more of a file after a change of it, so that the last of them is seen.
 */
export const settleMs = 100;

export interface ConfigurationWatcherParts {
  /** Its absolute path. */
  readonly file: string;
  readonly clock: Clock;
  /** The file holds something else than before, or is gone; whoever loads it will say so. */
  readonly changed: () => void;
  readonly cannotWatch: (because: string) => void;
}

/**
 * Watches a configuration file: YAML, JSON or a module. Of a module it is the file itself; what that imports is not watched.
 *
 * It is made before the file is loaded and started afterwards: what is written in between is noticed at the start. As in
 * `CodeWatcher`, the folder is watched, because editors replace files. Events only say when to look; what counts is the
 * content.
 */
export class ConfigurationWatcher {
  readonly #parts: ConfigurationWatcherParts;
  /** Of the content that is known; undefined: there was no file. */
  #digest: string | undefined;
  #watcher: Promise<FSWatcher | undefined> | undefined;
  #cancelSettle: (() => void) | undefined;
  #closed = false;

  constructor(parts: ConfigurationWatcherParts) {
    this.#parts = parts;
    this.#digest = digestOf(parts.file);
  }

  start(): void {
    if (!this.#closed) this.#watcher ??= this.#watch().catch((error: unknown) => this.#failed(error));
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#cancelSettle?.();
    await (await this.#watcher)?.close();
  }

  async #watch(): Promise<FSWatcher> {
    const { file } = this.#parts;
    const folder = path.dirname(file);
    const { watch } = await import('chokidar');
    const watcher = watch(folder, {
      depth: 0,
      ignoreInitial: true,
      ignored: (each, stats) => stats !== undefined && each !== folder && each !== file,
    });
    watcher.on('all', (_event, each) => {
      if (each === file) this.#noticed();
    });
    watcher.on('ready', () => this.#noticed());
    watcher.on('error', (error) => this.#failed(error));
    return watcher;
  }

  #noticed(): void {
    this.#cancelSettle?.();
    this.#cancelSettle = this.#parts.clock.after(settleMs, () => this.#look());
  }

  #look(): void {
    const digest = digestOf(this.#parts.file);
    if (digest === this.#digest) return;
    this.#digest = digest;
    this.#parts.changed();
  }

  #failed(error: unknown): undefined {
    const { file, cannotWatch } = this.#parts;
    cannotWatch(`changes of ${file} are not noticed, restart to apply them: ${messageOf(error)}`);
  }
}

function digestOf(file: string): string | undefined {
  try {
    return createHash('sha256').update(readFileSync(file)).digest('base64');
  } catch {
    return undefined; // gone, or not to be read: loading it tells which
  }
}
