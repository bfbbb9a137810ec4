import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readdirSync, readFileSync } from 'node:fs';

/** Clock ticks of `/proc`: 100 a second on every Linux that Node runs on. */
const tickMs = 10;

/** Environment of everything that is started: no notices of the SDKs, credentials that any local server takes. */
export const environment = {
  ...process.env,
  AWS_ACCESS_KEY_ID: '000000000000',
  AWS_SECRET_ACCESS_KEY: 'bench',
  AWS_REGION: 'us-east-1',
  AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
  AWS_SDK_JS_SUPPRESS_MAINTENANCE_MODE_MESSAGE: '1',
};

/** Starts Node. What it prints goes to `output`, a file, as it would in CI. */
export function startNode(args, { output, env = {}, ipc = false, cwd } = {}) {
  const descriptor = output === undefined ? 'ignore' : openSync(output, 'a');
  const stdio = ['ignore', descriptor, output === undefined ? 'inherit' : descriptor, ...(ipc ? ['ipc'] : [])];
  const child = spawn(process.execPath, args, { stdio, cwd, env: { ...environment, ...env } });
  if (output !== undefined) closeSync(descriptor);
  return child;
}

/** Asks a process to end, and insists after `patienceMs`. */
export async function stop(child, { signal = 'SIGTERM', patienceMs = 5_000 } = {}) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill(signal);
  const timer = setTimeout(() => child.kill('SIGKILL'), patienceMs);
  await gone;
  clearTimeout(timer);
}

/** Resolves with the next message of this type; rejects when the process ends or `timeoutMs` pass before it. */
export function messageOf(child, type, timeoutMs = 120_000) {
  return new Promise((resolve, reject) => {
    const settle = (end, value) => {
      clearTimeout(timer);
      child.off('message', received);
      child.off('exit', exited);
      end(value);
    };
    const received = (message) => message.type === type && settle(resolve, message);
    const exited = () => settle(reject, new Error(`the process ended before "${type}"`));
    const timer = setTimeout(() => settle(reject, new Error(`no "${type}" within ${timeoutMs} ms`)), timeoutMs);
    child.on('message', received);
    child.on('exit', exited);
  });
}

/** CPU time in milliseconds of a process, its descendants, and those of them that have ended. */
export function cpuMs(pid) {
  return familyOf(pid).reduce((sum, stat) => sum + stat.ticks, 0) * tickMs;
}

/** The same to the nanosecond, for processes that do next to nothing; without those that have ended. */
export function scheduledMs(pid) {
  const nanoseconds = familyOf(pid).flatMap((stat) =>
    readdirSync(`/proc/${stat.pid}/task`).map((task) =>
      Number(readFileSync(`/proc/${stat.pid}/task/${task}/schedstat`, 'utf8').split(' ')[0]),
    ),
  );
  return nanoseconds.reduce((sum, each) => sum + each, 0) / 1e6;
}

function familyOf(pid) {
  const all = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => statOf(Number(name)))
    .filter((stat) => stat !== undefined);
  const family = new Set([pid]);
  for (let before = 0; before < family.size;) {
    before = family.size;
    for (const stat of all) if (family.has(stat.parent)) family.add(stat.pid);
  }
  return all.filter((stat) => family.has(stat.pid));
}

/** CPU time in milliseconds of one process alone. */
export function ownCpuMs(pid) {
  return (statOf(pid)?.ownTicks ?? 0) * tickMs;
}

export function rssMb(pid) {
  const [, kb] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kb) / 1_024;
}

function statOf(pid) {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' '); // from the third field, the state, on
    const [utime, stime, cutime, cstime] = fields.slice(11, 15).map(Number);
    return { pid, parent: Number(fields[1]), ownTicks: utime + stime, ticks: utime + stime + cutime + cstime };
  } catch {
    return undefined; // it has just ended
  }
}
