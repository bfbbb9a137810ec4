import { statSync } from 'node:fs';
import path from 'node:path';
import type { ChokidarOptions, FSWatcher } from 'chokidar';
import { messageOf } from '../platform/millrace-error.js';
import type { Clock } from '../platform/clock.js';

/** Editors write a file in several steps, and version control writes many files: changes this close together are one. */
const burstMs = 60;

/**
 * What may mend code that does not load. Other files do not count while the whole folder is watched: code that writes
 * a file while it fails to load would be loaded for ever.
 */
const codeExtensions = new Set([
  '.js',
  '.mjs',
  '.cjs',
  '.ts',
  '.mts',
  '.cts',
  '.jsx',
  '.tsx',
  '.json',
  '.node',
  '.wasm',
]);

export interface CodeWatcherParts {
  /** The project folder: what is watched when it is not known which files matter, and what paths are told relative to. */
  readonly root: string;
  readonly clock: Clock;
  /** At the first sign of a change: the code is outdated, and may be half written. */
  readonly outdated: () => void;
  /** The burst of changes is over. */
  readonly changed: (because: string) => void;
  readonly cannotWatch: (because: string) => void;
}

/**
 * Watches the files that a function's code consists of. While its code does not load, it watches the whole project
 * folder: what is missing may appear anywhere.
 *
 * Folders are watched and files in them picked out, because editors replace files: a watch on the file itself would
 * stay with the one that is gone. Between the moment in which code is read and the moment in which it is watched lies
 * the start of a watcher; what is written meanwhile is found by looking at the files once more.
 */
export class CodeWatcher {
  readonly #parts: CodeWatcherParts;
  /** File of the code → when it was written, as far as we know. */
  readonly #files = new Map<string, number>();
  #fileWatcher: Promise<FSWatcher> | undefined;
  #folderWatcher: Promise<FSWatcher> | undefined;
  readonly #closing = new Set<Promise<void>>();
  #burst = new Set<string>();
  #cancelBurst: (() => void) | undefined;
  #closed = false;

  constructor(parts: CodeWatcherParts) {
    this.#parts = parts;
  }

  /** `loadedAfter`: what was written later may have been read before. */
  filesLoaded(files: readonly string[], loadedAfter: number): void {
    if (this.#closed) return;
    const added = files.filter((file) => !this.#files.has(file));
    for (const file of added) this.#files.set(file, loadedAfter);
    this.#lookAgain(files, (written, known) => written > known);
    if (added.length > 0) this.#watchFiles();
  }

  loadEnded(result: 'loaded' | 'failed', startedAt: number): void {
    if (result === 'loaded') this.#folderWatcher = this.#stop(this.#folderWatcher);
    else if (!this.#closed && this.#folderWatcher === undefined) this.#watchFolder(startedAt);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#cancelBurst?.();
    this.#fileWatcher = this.#stop(this.#fileWatcher);
    this.#folderWatcher = this.#stop(this.#folderWatcher);
    await Promise.all(this.#closing);
  }

  #watchFiles(): void {
    const folders = new Set([...this.#files.keys()].map((file) => path.dirname(file)));
    const previous = this.#fileWatcher;
    this.#fileWatcher = this.#watch([...folders], {
      depth: 0,
      ignored: (file, stats) =>
        stats !== undefined && !(stats.isDirectory() ? folders.has(file) : this.#files.has(file)),
      noticed: (file) => this.#files.has(file),
      ready: () => this.#lookAgain(this.#files.keys(), (written, known) => written !== known),
    });
    this.#stop(previous);
  }

  #watchFolder(since: number): void {
    const { root } = this.#parts;
    this.#folderWatcher = this.#watch([root], {
      ignored: (file) => isHidden(path.relative(root, file)),
      noticed: (file) => codeExtensions.has(path.extname(file)),
      ready: (watcher) => {
        for (const [folder, names] of Object.entries(watcher.getWatched())) {
          for (const file of names.map((name) => path.join(folder, name))) {
            if (codeExtensions.has(path.extname(file)) && writtenAt(file) > since) this.#noticed(file);
          }
        }
      },
    });
  }

  async #watch(paths: readonly string[], options: WatchOptions): Promise<FSWatcher> {
    const { noticed, ready, ...rest } = options;
    const { watch } = await import('chokidar');
    const watcher = watch([...paths], { ...rest, ignoreInitial: true });
    watcher.on('all', (event, file) => {
      if ((event === 'add' || event === 'change' || event === 'unlink') && noticed(file)) this.#noticed(file);
    });
    watcher.on('ready', () => ready(watcher));
    watcher.on('error', (error) => this.#parts.cannotWatch(`changes of code are not noticed: ${messageOf(error)}`));
    return watcher;
  }

  #stop(watcher: Promise<FSWatcher> | undefined): undefined {
    if (watcher === undefined) return;
    const closing = watcher
      .then((it) => it.close())
      .catch((error: unknown) => this.#parts.cannotWatch(messageOf(error)))
      .finally(() => this.#closing.delete(closing));
    this.#closing.add(closing);
  }

  #lookAgain(files: Iterable<string>, isNews: (written: number, known: number) => boolean): void {
    for (const file of files) {
      const written = writtenAt(file);
      if (isNews(written, this.#files.get(file) ?? written)) this.#noticed(file);
      this.#files.set(file, written);
    }
  }

  #noticed(file: string): void {
    if (this.#closed) return;
    if (this.#files.has(file)) this.#files.set(file, writtenAt(file));
    if (this.#burst.size === 0) this.#parts.outdated();
    this.#burst.add(file);
    this.#cancelBurst?.();
    this.#cancelBurst = this.#parts.clock.after(burstMs, () => this.#burstOver());
  }

  #burstOver(): void {
    const [first = '', ...others] = [...this.#burst].map((file) => path.relative(this.#parts.root, file));
    this.#burst = new Set();
    const more = others.length === 0 ? '' : ` and ${others.length} more`;
    this.#parts.changed(`${first}${more} changed`);
  }
}

interface WatchOptions extends ChokidarOptions {
  /** Whether an event about this file counts. */
  readonly noticed: (file: string) => boolean;
  /** From now on nothing is missed. */
  readonly ready: (watcher: FSWatcher) => void;
}

/** Whole milliseconds, as a clock tells them; 0 for a file that is gone. */
function writtenAt(file: string): number {
  return Math.floor(statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0);
}

/** Installed packages and folders of tools: no code of the project. */
function isHidden(relativePath: string): boolean {
  return relativePath.split(path.sep).some((name) => name === 'node_modules' || /^\.[^.]/.test(name));
}
