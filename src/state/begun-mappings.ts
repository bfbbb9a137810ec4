import { open, readFile, rename } from 'node:fs/promises';
import path from 'node:path';

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
    const next = [...this.#mappings, mapping];
    const unfinished = `${this.#file}.new`;
    const handle = await open(unfinished, 'w');
    try {
      await handle.writeFile(JSON.stringify(next));
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(unfinished, this.#file);
    this.#mappings.add(mapping);
  }
}
