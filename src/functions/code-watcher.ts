import { statSync, type Stats } from 'node:fs';
import path from 'node:path';
import type { FSWatcher } from 'chokidar';
import { messageOf } from '../platform/millrace-error.js';
import type { Clock } from '../platform/clock.js';

/** Editors write a file in several steps, and version control writes many files: changes this close together are one. */
const burstMs = 60;

/**
 * What may mend code that does not load. Other files do not count while the whole folder is watched: code that writes
 * a file while it fails to load would be loaded for ever.
 */
const codeExtensions = new Set(['.js', '.mjs', '.cjs', '.ts', '.mts', '.cts', '.jsx', '.tsx', '.json', '.node', '.wasm']);

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
 * stay with the one that is gone.
 */
export class CodeWatcher {
  readonly #parts: CodeWatcherParts;
  /** Watched file → when it was last written, as far as we know. */
  readonly #files = new Map<string, number>();
  readonly #folders = new Set<string>();
  #watcher: Promise<FSWatcher> | undefined;
  #folderWatcher: Promise<FSWatcher> | undefined;
  #burst = new Set<string>();
  #cancelBurst: (() => void) | undefined;
  #closed = false;

  constructor(parts: CodeWatcherParts) {
    this.#parts = parts;
  }

  filesLoaded(files: readonly string[]): void {
    const added = files.filter((file) => !this.#files.has(file));
    if (this.#closed || added.length === 0) return;
    for (const file of added) {
      this.#files.set(file, writtenAt(file));
      this.#folders.add(path.dirname(file));
    }
    this.#watcher ??= this.#watch({
      depth: 0,
      ignored: (file, stats) => stats !== undefined && !this.#matters(file, stats),
    });
    const paths = [...new Set([...added.map((file) => path.dirname(file)), ...added])];
    void this.#watcher.then((watcher) => watcher.add(paths));
  }

  loadEnded(result: 'loaded' | 'failed'): void {
    if (result === 'loaded') void this.#stopFolderWatcher();
    else if (!this.#closed && this.#folderWatcher === undefined) this.#watchFolder();
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#cancelBurst?.();
    await Promise.all([this.#stopFolderWatcher(), this.#watcher?.then((watcher) => watcher.close())]);
  }

  #watchFolder(): void {
    const { root, clock } = this.#parts;
    const failedAt = clock.now();
    const ignored = (file: string): boolean => isHidden(path.relative(root, file));
    this.#folderWatcher = this.#watch({ ignored }, failedAt);
    void this.#folderWatcher.then((watcher) => watcher.add(root));
  }

  async #stopFolderWatcher(): Promise<void> {
    const watcher = this.#folderWatcher;
    this.#folderWatcher = undefined;
    await (await watcher)?.close();
  }

  /** `since`: every file counts that was written after it; without it, those that are known, when their time changed. */
  async #watch(options: Parameters<typeof import('chokidar').watch>[1], since?: number): Promise<FSWatcher> {
    const { watch } = await import('chokidar');
    const watcher = watch([], { ...options, alwaysStat: true });
    const first = new Set<string>();
    watcher.on('all', (event, file, stats) => {
      if (event !== 'add' && event !== 'change' && event !== 'unlink') return;
      if (!this.#files.has(file) && (since === undefined || !codeExtensions.has(path.extname(file)))) return;
      // The watcher tells about each file once when it begins: news only if it was written before we were watching.
      const initial = event === 'add' && !first.has(file);
      first.add(file);
      if (initial && (stats?.mtimeMs ?? 0) <= (since ?? this.#files.get(file) ?? 0)) return;
      this.#noticed(file, stats);
    });
    watcher.on('error', (error) => this.#parts.cannotWatch(`changes of code are not noticed: ${messageOf(error)}`));
    return watcher;
  }

  #matters(file: string, stats: Stats): boolean {
    return stats.isDirectory() ? this.#folders.has(file) : this.#files.has(file);
  }

  #noticed(file: string, stats: Stats | undefined): void {
    if (this.#closed) return;
    if (this.#files.has(file)) this.#files.set(file, stats?.mtimeMs ?? 0);
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

function writtenAt(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

/** Installed packages and folders of tools: no code of the project. */
function isHidden(relativePath: string): boolean {
  return relativePath.split(path.sep).some((name) => name === 'node_modules' || /^\.[^.]/.test(name));
}
