import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { cpuMs } from './processes.mjs';

const tickMs = 10;
const quietPercent = 5;
const lookMs = 1_000;

/** What others do on this machine: measurements are only worth something while that is little. */
export class Background {
  #busy = busyMs();
  #own = cpuMs(process.pid);
  #at = performance.now();

  /** CPU time that is not the benchmark's, in percent of the machine, since this was created. */
  percent() {
    const others = busyMs() - this.#busy - (cpuMs(process.pid) - this.#own);
    return Math.max(0, (others / ((performance.now() - this.#at) * availableParallelism())) * 100);
  }
}

/** Waits until others leave the machine alone, but not for ever. */
export async function quiet(patienceSeconds) {
  const until = performance.now() + patienceSeconds * 1_000;
  while (performance.now() < until) {
    const background = new Background();
    await sleep(lookMs);
    if (background.percent() < quietPercent) return;
  }
}

export function describeMachine() {
  const [first] = cpus();
  return `${availableParallelism()} cores (${first?.model ?? 'unknown'}), Node ${process.version}, ${process.platform}`;
}

export function load() {
  return loadavg()
    .map((value) => value.toFixed(2))
    .join(' ');
}

function busyMs() {
  const [user, nice, system, , , irq, softirq, steal] = readFileSync('/proc/stat', 'utf8')
    .split('\n', 1)[0]
    .split(/\s+/)
    .slice(1)
    .map(Number);
  return (user + nice + system + irq + softirq + steal) * tickMs;
}
