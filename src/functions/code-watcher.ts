import { statSync } from 'node:fs';
import path from 'node:path';
import { messageOf } from '../platform/millrace-error.js';
import type { Clock } from '../platform/clock.js';
import { FolderWatcher, type FolderWatcherOptions } from '../platform/folder-watcher.js';
import { Lifecycle } from '../platform/lifecycle.js';

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

interface CodeWatcherOptions {
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
 * Between the moment in which code is read and the moment in which it is watched lies
 * the start of a watcher; what is written meanwhile is found by looking at the files once more.
 */
export class CodeWatcher {
  readonly #options: CodeWatcherOptions;
  /** File of the code → when it was written, as far as we know. */
  readonly #files = new Map<string, number>();
  /** Its work are the watchers that close. */
  readonly #life = new Lifecycle({ onStop: () => this.#letGo() });
  #fileWatcher: FolderWatcher | undefined;
  #folderWatcher: FolderWatcher | undefined;
  #burst = new Set<string>();
  #cancelBurst: (() => void) | undefined;

  constructor(options: CodeWatcherOptions) {
    this.#options = options;
  }

  /** `loadedAfter`: what was written later may have been read before. */
  filesLoaded(files: readonly string[], loadedAfter: number): void {
    if (this.#life.isStopping) return;
    const added = files.filter((file) => !this.#files.has(file));
    for (const file of added) this.#files.set(file, loadedAfter);
    this.#lookAgain(files, (written, known) => written > known);
    if (added.length > 0) this.#watchFiles();
  }

  loadEnded(result: 'loaded' | 'failed', startedAt: number): void {
    if (result === 'loaded') this.#folderWatcher = this.#stop(this.#folderWatcher);
    else if (!this.#life.isStopping && this.#folderWatcher === undefined) this.#watchFolder(startedAt);
  }

  close(): Promise<void> {
    return this.#life.stop();
  }

  #letGo(): void {
    this.#cancelBurst?.();
    this.#fileWatcher = this.#stop(this.#fileWatcher);
    this.#folderWatcher = this.#stop(this.#folderWatcher);
  }

  #watchFiles(): void {
    const folders = new Set([...this.#files.keys()].map((file) => path.dirname(file)));
    const previous = this.#fileWatcher;
    this.#fileWatcher = this.#watch({
      folders: [...folders],
      depth: 0,
      ignored: (file, stats) =>
        stats !== undefined && !(stats.isDirectory() ? folders.has(file) : this.#files.has(file)),
      matters: (file) => this.#files.has(file),
      ready: () => this.#lookAgain(this.#files.keys(), (written, known) => written !== known),
    });
    this.#stop(previous);
  }

  #watchFolder(since: number): void {
    const { root } = this.#options;
    this.#folderWatcher = this.#watch({
      folders: [root],
      ignored: (file) => isHidden(path.relative(root, file)),
      matters: isCode,
      ready: (seen) => {
        for (const file of seen()) if (isCode(file) && writtenAt(file) > since) this.#noticed(file);
      },
    });
  }

  #watch({ matters, ...options }: WatchOptions): FolderWatcher {
    return new FolderWatcher({
      ...options,
      noticed: (file) => {
        if (matters(file)) this.#noticed(file);
      },
      failed: (error) => this.#options.cannotWatch(`changes of code are not noticed: ${messageOf(error)}`),
    });
  }

  #stop(watcher: FolderWatcher | undefined): undefined {
    if (watcher !== undefined) this.#life.track(watcher.close());
  }

  #lookAgain(files: Iterable<string>, isNews: (written: number, known: number) => boolean): void {
    for (const file of files) {
      const written = writtenAt(file);
      if (isNews(written, this.#files.get(file) ?? written)) this.#noticed(file);
      this.#files.set(file, written);
    }
  }

  #noticed(file: string): void {
    if (this.#life.isStopping) return;
    if (this.#files.has(file)) this.#files.set(file, writtenAt(file));
    if (this.#burst.size === 0) this.#options.outdated();
    this.#burst.add(file);
    this.#cancelBurst?.();
    this.#cancelBurst = this.#options.clock.after(burstMs, () => this.#burstOver());
  }

  #burstOver(): void {
    const [first = '', ...others] = [...this.#burst].map((file) => path.relative(this.#options.root, file));
    this.#burst = new Set();
    const more = others.length === 0 ? '' : ` and ${others.length} more`;
    this.#options.changed(`${first}${more} changed`);
  }
}

interface WatchOptions extends Omit<FolderWatcherOptions, 'noticed' | 'failed'> {
  /** Whether an event about this file counts. */
  readonly matters: (file: string) => boolean;
}

/** Whole milliseconds, as a clock tells them; 0 for a file that is gone. */
function writtenAt(file: string): number {
  return Math.floor(statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0);
}

function isCode(file: string): boolean {
  return codeExtensions.has(path.extname(file));
}

/** Installed packages and folders of tools: no code of the project. */
function isHidden(relativePath: string): boolean {
  return relativePath.split(path.sep).some((name) => name === 'node_modules' || /^\.[^.]/.test(name));
}
