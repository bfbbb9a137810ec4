/** What a pool consists of at one moment. */
export interface PoolState {
  readonly waitingCalls: number;
  readonly starting: number;
  readonly idle: number;
  readonly busy: number;
  /** Asked to end, but still there. */
  readonly ending: number;
}

export interface PoolLimits {
  /** Environments that may exist for calls. */
  readonly environments: number;
  /** Environments that may start at the same time: more than there are cores only make each other slow. */
  readonly startsAtOnce: number;
  /** Whether one that is ending must be gone before the next may start: they would share a debugger port. */
  readonly oneAfterTheOther: boolean;
}

/** How many environments to start now: one for each waiting call that none is starting for, and the spare if wanted. */
export function environmentsToStart(state: PoolState, wantSpare: boolean, limits: PoolLimits): number {
  const { waitingCalls, starting, idle, busy, ending } = state;
  const there = starting + idle + busy + (limits.oneAfterTheOther ? ending : 0);
  const wanted = waitingCalls + (wantSpare ? 1 : 0) - starting - idle;
  return Math.max(0, Math.min(wanted, limits.environments - there, limits.startsAtOnce - starting));
}

interface BusyEnvironment {
  /** Calls it was given. */
  readonly calls: number;
  /** When it was given its last call. */
  readonly busySince: number;
}

type BusyEnvironments = ReadonlySet<BusyEnvironment> | readonly BusyEnvironment[];

/**
 * Whether a spare is missing where none is idle or starting. A function that is called again is under load: from then on one
 * is kept warm for the next crash or burst. It is missing when there is but one environment, or when all have been busy for
 * so long that none is about to come free.
 */
export function lacksSpare(busy: BusyEnvironments, now: number, patienceMs: number): boolean {
  const [first, second] = busy;
  if (first === undefined) return false;
  return second === undefined ? first.calls > 1 : lastTakenAt(busy) + patienceMs <= now;
}

/** When the last of the calls that run was given to its environment. */
export function lastTakenAt(busy: BusyEnvironments): number {
  let last = 0;
  for (const { busySince } of busy) last = Math.max(last, busySince);
  return last;
}

/**
 * How many idle environments to end, the longest idle first. One is always kept. A pool that had work within
 * `idleMs` keeps its spare too, which is idle only because the most recently used environment goes first.
 */
export function environmentsToEnd(idleSince: readonly number[], busy: number, now: number, idleMs: number): number {
  const newest = idleSince.at(-1);
  if (newest === undefined) return 0;
  const quiet = busy === 0 && now - newest >= idleMs;
  const keep = busy > 0 || quiet ? 1 : 2;
  const expired = idleSince.filter((since) => now - since >= idleMs).length;
  return Math.max(0, Math.min(expired, idleSince.length - keep));
}
