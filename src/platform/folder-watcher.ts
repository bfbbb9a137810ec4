import type { Stats } from 'node:fs';
import path from 'node:path';
import { Lifecycle } from './lifecycle.js';

export interface FolderWatcherOptions {
  readonly folders: readonly string[];
  /** How many levels below them are looked at. Default: all. */
  readonly depth?: number;
  /** What is not looked at. Asked without `stats` first: then it is not known yet what it is. */
  readonly ignored: (path: string, stats?: Stats) => boolean;
  /** A file has come, was written or is gone. */
  readonly noticed: (file: string) => void;
  /** From now on nothing is missed. `seen` are the files and folders that there are. */
  readonly ready: (seen: () => readonly string[]) => void;
  readonly failed: (error: unknown) => void;
}

/**
 * Watches folders until it is closed. Folders and not files, because editors replace files: a watch on the file itself would
 * stay with the one that is gone.
 */
export class FolderWatcher {
  readonly #life = new Lifecycle({ close: () => this.#close() });
  #close: () => Promise<void> = async () => {};

  constructor(options: FolderWatcherOptions) {
    this.#life.start(() => this.#open(options).catch(options.failed));
  }

  close(): Promise<void> {
    return this.#life.stop();
  }

  async #open({ folders, depth, ignored, noticed, ready, failed }: FolderWatcherOptions): Promise<void> {
    const { watch } = await import('chokidar');
    const watcher = watch([...folders], { ...(depth !== undefined && { depth }), ignored, ignoreInitial: true });
    this.#close = () => watcher.close().catch(failed);
    watcher.on('all', (event, file) => {
      if (event === 'add' || event === 'change' || event === 'unlink') noticed(file);
    });
    watcher.on('ready', () =>
      ready(() =>
        Object.entries(watcher.getWatched()).flatMap(([folder, names]) => names.map((name) => path.join(folder, name))),
      ),
    );
    watcher.on('error', failed);
  }
}
