import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import type { ClassicLevel } from 'classic-level';
import { messageOf, MillraceError } from '../platform/millrace-error.js';

/** LevelDB; loaded when the first stream mapping needs it. */
const loadLevel = (): Promise<typeof import('classic-level')> => import('classic-level');

export type Database = ClassicLevel;

const formatKey = 'format';
const format = '1';

/**
 * Opens the database in a folder, and creates it where there is none. Rejects with a `MillraceError` when another process
 * has it, and when what is there is not a whole database: beginning afresh would skip records, or deliver a stream again.
 */
export async function openDatabase(folder: string): Promise<Database> {
  if (await isMissing(folder)) await create(folder);
  const database = await open(folder, false);
  const found = await database.get(formatKey).catch((error: unknown) => error);
  if (found === format) return database;
  await database.close();
  if (typeof found === 'string') throw unusable(folder, `they were written by a newer millrace (format ${found})`);
  throw damaged(folder, found === undefined ? 'the beginning of the database is gone' : reasonOf(found));
}

/** The database is there, and part of it is lost. */
export function damaged(folder: string, reason: string): MillraceError {
  return unusable(folder, `they are damaged (${reason})`);
}

/** LevelDB's own words for a failure. */
export function reasonOf(error: unknown): string {
  return messageOf(error instanceof Error ? (error.cause ?? error) : error);
}

/** What a person can do about a database that is there and cannot be read. */
export function unusable(folder: string, because: string): MillraceError {
  return new MillraceError(
    'CONFIGURATION_INVALID',
    `the checkpoints in ${folder} cannot be used: ${because}; put back a copy of that folder, or delete it to let every stream mapping begin anew at its StartingPosition`,
  );
}

async function isMissing(folder: string): Promise<boolean> {
  const files = await readdir(folder).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw notOpened(folder, error);
  });
  return files.length === 0;
}

/**
 * A database gets its name when it is complete, so that the traces of a creation that was killed are not taken for a
 * database that has lost its content, or the other way round.
 */
async function create(folder: string): Promise<void> {
  const unfinished = `${folder}.new`;
  try {
    await mkdir(path.dirname(folder), { recursive: true });
    await rm(unfinished, { recursive: true, force: true });
    const database = await open(unfinished, true);
    await database.put(formatKey, format, { sync: true });
    await database.close();
    await rename(unfinished, folder);
  } catch (error) {
    throw error instanceof MillraceError ? error : notOpened(folder, error);
  }
}

async function open(folder: string, createIfMissing: boolean): Promise<Database> {
  const { ClassicLevel: Level } = await loadLevel();
  const database = new Level(folder, { createIfMissing });
  try {
    await database.open();
    return database;
  } catch (error) {
    throw openError(folder, error);
  }
}

function openError(folder: string, error: unknown): MillraceError {
  const { code } = (error instanceof Error ? (error.cause ?? {}) : {}) as { readonly code?: unknown };
  if (code === 'LEVEL_LOCKED') {
    return new MillraceError(
      'STATE_LOCKED',
      `the checkpoints in ${folder} are in use by another process; stop it, or give this one a state folder of its own (--state <folder>)`,
      { cause: error },
    );
  }
  const reason = reasonOf(error);
  if (code === 'LEVEL_CORRUPTION' || reason.includes('does not exist')) return damaged(folder, reason);
  return notOpened(folder, error);
}

function notOpened(folder: string, error: unknown): MillraceError {
  return new MillraceError(
    'CONFIGURATION_INVALID',
    `the checkpoints in ${folder} cannot be opened: ${reasonOf(error)}; make the folder writable, or choose another one with state in the configuration, or --state <folder>`,
    { cause: error },
  );
}
