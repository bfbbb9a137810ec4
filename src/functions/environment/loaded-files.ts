import { createRequire, register } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { MessageChannel, receiveMessageOnPort, type MessagePort } from 'node:worker_threads';
import { isOurs } from './our-frames.js';

/** Knows which files the code of this process consists of: those that were required and those that were imported. */
export class LoadedFiles {
  readonly #reported = new Set<string>();
  readonly #commonjs = createRequire(import.meta.url).cache;
  readonly #imports: MessagePort;

  constructor() {
    const { port1, port2 } = new MessageChannel();
    register('./import-recorder.js', import.meta.url, { data: { port: port2 }, transferList: [port2] });
    this.#imports = port1;
    port1.unref();
  }

  /** Files that were loaded since the last call. Installed packages are left out: nobody edits them. */
  take(): readonly string[] {
    const found: string[] = [];
    for (const file of [...Object.keys(this.#commonjs), ...this.#imported()]) {
      if (this.#reported.has(file)) continue;
      this.#reported.add(file);
      if (isProjectFile(file)) found.push(withoutQuery(file));
    }
    return found;
  }

  #imported(): readonly string[] {
    const files: string[] = [];
    // The recorder posts before it answers, so that everything an `import()` waited for is here when it resolves.
    for (
      let post = receiveMessageOnPort(this.#imports);
      post !== undefined;
      post = receiveMessageOnPort(this.#imports)
    ) {
      files.push(fileURLToPath(post.message as string));
    }
    return files;
  }
}

function isProjectFile(file: string): boolean {
  return path.isAbsolute(file) && !isOurs(file) && !file.split(path.sep).includes('node_modules');
}

/** Loaders mark variants of a file with a query. */
function withoutQuery(file: string): string {
  return file.replace(/\?.*$/, '');
}
