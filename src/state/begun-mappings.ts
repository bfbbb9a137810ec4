import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { replaceFile } from '../platform/replace-file.js';

const fileName = 'begun.json';

/**
 * Which mappings have begun, beside the database: LevelDB leaves out a damaged end of its log without a word, and a mapping
 * whose checkpoints are gone would begin anew, and with `LATEST` skip records.
 */
export class BegunMappings {
  readonly #file: string;
  readonly #mappings: Set<string>;

  private constructor(file: string, mappings: readonly string[]) {
    this.#file = file;
    this.#mappings = new Set(mappings);
  }

  /** What is written in the folder of a database; none where there is nothing. Rejects for what is no such list. */
  static async read(folder: string): Promise<BegunMappings> {
    const file = path.join(folder, fileName);
    const text = await readFile(file, 'utf8').catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '[]';
      throw error;
    });
    const content: unknown = JSON.parse(text);
    if (!Array.isArray(content) || content.some((each) => typeof each !== 'string')) {
      throw new SyntaxError(`${fileName} is not a list of mappings`);
    }
    return new BegunMappings(file, content as readonly string[]);
  }

  has(mapping: string): boolean {
    return this.#mappings.has(mapping);
  }

  /** Resolves when it is on the disk. */
  async add(mapping: string): Promise<void> {
    if (this.#mappings.has(mapping)) return;
    await replaceFile(this.#file, JSON.stringify([...this.#mappings, mapping]));
    this.#mappings.add(mapping);
  }
}
