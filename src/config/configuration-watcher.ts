import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Clock } from '../platform/clock.js';
import { FolderWatcher } from '../platform/folder-watcher.js';
import { Lifecycle } from '../platform/lifecycle.js';
import { messageOf } from '../platform/millrace-error.js';

/**
 * Editors write a file in several steps: changes this close together are one. Longer than the 50 ms for which chokidar tells
 * nothing more of a file after a change of it, so that the last of them is seen.
 */
export const settleMs = 100;

interface ConfigurationWatcherOptions {
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
 * It is made before the file is loaded and started afterwards: what is written in between is noticed at the start. Events only
 * say when to look; what counts is the content.
 */
export class ConfigurationWatcher {
  readonly #options: ConfigurationWatcherOptions;
  /** Of the content that is known; undefined: there was no file. */
  #digest: string | undefined;
  readonly #life = new Lifecycle({ close: () => this.#close() });
  #watcher: FolderWatcher | undefined;
  #cancelSettle: (() => void) | undefined;

  constructor(options: ConfigurationWatcherOptions) {
    this.#options = options;
    this.#digest = digestOf(options.file);
  }

  start(): void {
    this.#life.start(async () => this.#watch());
  }

  close(): Promise<void> {
    return this.#life.stop();
  }

  async #close(): Promise<void> {
    this.#cancelSettle?.();
    await this.#watcher?.close();
  }

  #watch(): void {
    const { file, cannotWatch } = this.#options;
    const folder = path.dirname(file);
    this.#watcher = new FolderWatcher({
      folders: [folder],
      depth: 0,
      ignored: (each, stats) => stats !== undefined && each !== folder && each !== file,
      noticed: (each) => {
        if (each === file) this.#lookSoon();
      },
      ready: () => this.#lookSoon(),
      failed: (error) => cannotWatch(`changes of ${file} are not noticed, restart to apply them: ${messageOf(error)}`),
    });
  }

  #lookSoon(): void {
    if (this.#life.isStopping) return;
    this.#cancelSettle?.();
    this.#cancelSettle = this.#options.clock.after(settleMs, () => this.#look());
  }

  #look(): void {
    const digest = digestOf(this.#options.file);
    if (digest === this.#digest) return;
    this.#digest = digest;
    this.#options.changed();
  }
}

function digestOf(file: string): string | undefined {
  try {
    return createHash('sha256').update(readFileSync(file)).digest('base64');
  } catch {
    return undefined; // gone, or not to be read: loading it tells which
  }
}
