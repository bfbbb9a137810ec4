import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import type { MappingRecord } from '../mappings/mapping-record.js';
import { sourceTypes } from '../contracts/source-description.js';
import { messageOf, MillraceError } from '../platform/millrace-error.js';
import { replaceFile } from '../platform/replace-file.js';
import { Turns } from '../platform/turns.js';

const folderName = 'mappings';
const ending = '.json';

/** The parameters are checked where the mapping is taken in: what they may be depends on the configuration. */
const recordSchema = z.object({
  v: z.literal(1),
  uuid: z.string().min(1),
  name: z.string().min(1),
  number: z.int(),
  origin: z.enum(['file', 'api']),
  request: z.looseObject({ FunctionName: z.string() }),
  functionArn: z.string(),
  sourceType: z.enum(sourceTypes),
  tags: z.record(z.string(), z.string()),
  lastModified: z.number(),
  begun: z.boolean(),
  changes: z.array(z.string()),
});

/**
 * Mappings that were made or changed over the API, in the state folder: one file for each, so that a change writes only what
 * it changes, and other terminals can read them.
 */
export class StoredMappings {
  readonly #folder: string;
  readonly #writes = new Turns();

  constructor(stateFolder: string) {
    this.#folder = path.join(stateFolder, folderName);
  }

  /** Everything that is stored. Rejects with a `MillraceError` that names a file which cannot be read. */
  async all(): Promise<readonly MappingRecord[]> {
    const names = await readdir(this.#folder).catch((error: unknown) => {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'ENOENT') return [];
      const what = `the state folder ${path.dirname(this.#folder)} cannot be read (${messageOf(error)})`;
      const advice = code === 'ENOTDIR' ? 'it is a file; name a folder' : 'make it readable, or name another one';
      throw new MillraceError('CONFIGURATION_INVALID', `${what}: ${advice}, with --state or state`, { cause: error });
    });
    const files = names.filter((name) => name.endsWith(ending)).toSorted();
    const records = await Promise.all(files.map((name) => readRecord(path.join(this.#folder, name))));
    return records.filter((record) => record !== undefined);
  }

  /** Replaces what is stored of a mapping in one step. */
  write(record: MappingRecord): Promise<void> {
    return this.#writes.take(record.uuid, async () => {
      await mkdir(this.#folder, { recursive: true });
      await replaceFile(this.#fileOf(record.uuid), `${JSON.stringify({ v: 1, ...record }, undefined, 2)}\n`);
    });
  }

  remove(uuid: string): Promise<void> {
    return this.#writes.take(uuid, () => rm(this.#fileOf(uuid), { force: true }));
  }

  #fileOf(uuid: string): string {
    return path.join(this.#folder, `${uuid}${ending}`);
  }
}

/** A runtime in another terminal may delete a mapping while this one reads. */
async function readRecord(file: string): Promise<MappingRecord | undefined> {
  try {
    const { v: _, ...record } = recordSchema.parse(JSON.parse(await readFile(file, 'utf8')));
    return record;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    const because = error instanceof z.ZodError ? z.prettifyError(error).replaceAll('\n', ' ') : messageOf(error);
    throw new MillraceError(
      'CONFIGURATION_INVALID',
      `the stored mapping ${file} cannot be read: ${because}; put back a copy of it, or delete it and make the mapping anew`,
      { cause: error },
    );
  }
}

/** Mappings for as long as the process lives. */
export const noStoredMappings: Pick<StoredMappings, 'all' | 'write' | 'remove'> = {
  all: () => Promise.resolve([]),
  write: () => Promise.resolve(),
  remove: () => Promise.resolve(),
};
