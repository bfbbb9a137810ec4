import { open, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { sleep, type Clock } from '../platform/clock.js';
import type { Random } from '../platform/random.js';
import { isRunning, processIdentity } from './process-identity.js';

// A lock is a file whose name says who holds it: `lock-<pid>-<identity>-<number>`. Names are never used twice, so
// removing the file of a dead process can never remove somebody's lock. Taking the lock: create a file of one's own,
// then look; whoever sees another living one withdraws. Of two that come at once, the later one always sees the
// earlier; both may withdraw, hence the few more tries.

export interface LockOptions {
  readonly clock: Clock;
  readonly random: Random;
}

type LockAttempt =
  { readonly kind: 'taken'; release(): Promise<void> } | { readonly kind: 'held'; readonly pid: number };

const tries = 5;
const longestPauseMs = 60;
const lockName = /^lock-(?<pid>\d+)-(?<identity>[\w.]*)-[0-9a-f-]{36}$/;

/** Files of locks that this process holds, for systems where only pids tell processes apart. */
const heldHere = new Set<string>();

/** Takes the lock of a folder, unless a living process has it. */
export async function takeLock(folder: string, { clock, random }: LockOptions): Promise<LockAttempt> {
  const identity = await processIdentity(process.pid);
  for (let left = tries; ; left -= 1) {
    const attempt = await tryLock(folder, `lock-${process.pid}-${identity}-${random.uuid()}`);
    if (attempt.kind === 'taken' || left === 1) return attempt;
    await sleep(clock, random.next() * longestPauseMs);
  }
}

async function tryLock(folder: string, name: string): Promise<LockAttempt> {
  const file = path.join(folder, name);
  heldHere.add(file);
  const release = async (): Promise<void> => {
    await rm(file, { force: true });
    heldHere.delete(file);
  };
  try {
    await (await open(file, 'wx')).close();
    const pid = await otherHolder(folder, name);
    if (pid === undefined) return { kind: 'taken', release };
    await release();
    return { kind: 'held', pid };
  } catch (error) {
    await release();
    throw error;
  }
}

/** The process that holds the lock besides us; removes what dead processes left. */
async function otherHolder(folder: string, own: string): Promise<number | undefined> {
  const others = (await readdir(folder)).filter((name) => name !== own && lockName.test(name));
  for (const name of others) {
    const { pid = '', identity = '' } = lockName.exec(name)?.groups ?? {};
    if (await isHeld(path.join(folder, name), Number(pid), identity)) return Number(pid);
    await rm(path.join(folder, name), { force: true });
  }
  return undefined;
}

/** Our own pid may be that of a process that ran before us, in a former container for example. */
async function isHeld(file: string, pid: number, identity: string): Promise<boolean> {
  if (pid !== process.pid || identity !== '') return isRunning(pid, identity);
  return heldHere.has(file);
}
