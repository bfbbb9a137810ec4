import { readFile } from 'node:fs/promises';

/**
 * What tells a process from a later one with the same pid: when it started, counted from the boot of the machine, and
 * which boot that was. Only Linux tells; elsewhere it is empty and the pid has to do.
 */
export async function processIdentity(pid: number): Promise<string> {
  const started = await startTicks(pid);
  const boot = await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => '');
  return started === undefined || started === 'dead' ? '' : `${boot.slice(0, 8)}.${started}`;
}

/** Whether the process that had this identity is running. */
export async function isRunning(pid: number, identity: string): Promise<boolean> {
  if (!answersSignals(pid)) return false;
  // A killed process whose parent has not noticed still has its pid; it does nothing any more.
  if ((await startTicks(pid)) === 'dead') return false;
  const now = await processIdentity(pid);
  return identity === '' || now === '' || identity === now;
}

function answersSignals(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Field 22 of `/proc/<pid>/stat`; `dead` for a process that waits to be collected. */
async function startTicks(pid: number): Promise<string | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  // The second field is the program's name in parentheses, which may hold anything.
  const [state, ...fields] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return state === 'Z' || state === 'X' ? 'dead' : fields[18];
}
