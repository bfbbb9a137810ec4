import type { FunctionErrorInfo } from '../journal/events.js';
import type { Clock } from '../platform/clock.js';
import { errorOfEnd, type EnvironmentEnd } from './function-error.js';
import {
  ExecutionEnvironment,
  type Call,
  type EnvironmentOwner,
  type EnvironmentSpec,
} from './execution-environment.js';
import type { LogLine } from './lambda-function.js';
import { environmentsToEnd, environmentsToStart, type PoolLimits } from './pool-decisions.js';

/** How long an environment may be idle before it ends; the last one stays. */
export const idleMs = 10_000;

/**
 * How long a call waits for a busy environment before another is started for it, which costs a core for much longer: a
 * handler that takes a few milliseconds is served faster by the environments that are there.
 */
export const patienceMs = 20;

/** Hears what a person may want to know about the code of a pool. */
export interface PoolObserver {
  /** The first environment of this code starts to load. */
  loading(): void;
  loaded(startedAt: number, tookMs: number): void;
  loadFailed(startedAt: number, error: FunctionErrorInfo): void;
  /** An environment ended by itself while it had nothing to do. */
  ended(end: EnvironmentEnd): void;
  /** Files that the code consists of; they were read after `loadedAfter`. */
  filesLoaded(files: readonly string[], loadedAfter: number): void;
  output(line: LogLine): void;
}

export interface PoolParts {
  /** Called for each environment, because log stream and debugger port are its own. */
  readonly newSpec: () => EnvironmentSpec;
  readonly limits: PoolLimits;
  readonly clock: Clock;
  readonly observer: PoolObserver;
}

interface WaitingCall {
  readonly call: Call;
  readonly since: number;
}

type WarmUp = (error: FunctionErrorInfo | undefined) => void;

/**
 * The execution environments of one version of a function's code.
 *
 * A call takes the most recently used idle environment, or waits for whichever becomes free or ready first. A call
 * ends in exactly one of: an answer, the death of its environment, a failed load, or the closing of the pool.
 */
export class EnvironmentPool implements EnvironmentOwner {
  readonly #parts: PoolParts;
  /** All whose process exists, also those that are on their way out. */
  readonly #all = new Set<ExecutionEnvironment>();
  readonly #starting = new Set<ExecutionEnvironment>();
  /** Most recently used last. */
  readonly #idle: ExecutionEnvironment[] = [];
  readonly #busy = new Set<ExecutionEnvironment>();
  /** Environments whose code is outdated: they finish their call and end. */
  readonly #stale = new Set<ExecutionEnvironment>();
  /** Longest waiting first. */
  #waiting: WaitingCall[] = [];
  #warmUps: WarmUp[] = [];
  #held = false;
  #closed = false;
  #announced = false;
  #lastLoadFailed = false;
  #cancelShrink: (() => void) | undefined;
  #cancelGrow: (() => void) | undefined;
  #whenEmpty: (() => void) | undefined;

  constructor(parts: PoolParts) {
    this.#parts = parts;
  }

  dispatch(call: Call): void {
    const environment = this.#idle.pop();
    if (environment !== undefined) return this.#run(environment, call);
    if (this.#closed) return settleClosed(call);
    this.#waiting.push({ call, since: this.#parts.clock.now() });
    this.#grow();
  }

  /** Resolves when an environment is warm, or with the reason why there is none. */
  warmUp(): Promise<FunctionErrorInfo | undefined> {
    const warm = this.#idle.length > 0 || [...this.#busy].some((environment) => !this.#stale.has(environment));
    if (this.#closed || warm) return Promise.resolve(undefined);
    return new Promise((resolve) => {
      this.#warmUps.push(resolve);
      this.#grow();
    });
  }

  /** The code has changed: nothing that runs it takes another call, and nothing starts before `resume`. */
  hold(): void {
    this.#held = true;
    this.#announced = false;
    for (const environment of this.#busy) this.#stale.add(environment);
    const outdated = [...this.#idle, ...this.#starting];
    this.#starting.clear(); // that their load ends now is no failure of the code
    for (const environment of outdated) environment.end();
  }

  /** Loads the code anew, so that the next call finds it warm and a mistake shows at once. */
  resume(): void {
    this.#held = false;
    void this.warmUp(); // never rejects; the observer hears how it went
  }

  /** Ends all environments. Calls that wait are throttled: they never reached the function, and may come again. */
  close(how: 'gracefully' | 'at-once'): Promise<void> {
    this.#closed = true;
    this.#cancelShrink?.();
    this.#cancelGrow?.();
    this.#starting.clear();
    for (const { call } of this.#waiting.splice(0)) settleClosed(call);
    for (const resolve of this.#warmUps.splice(0)) resolve(undefined);
    for (const environment of this.#all) {
      if (how === 'gracefully') environment.end();
      else environment.kill();
    }
    return this.#empty();
  }

  ready(environment: ExecutionEnvironment): void {
    this.#starting.delete(environment);
    this.#lastLoadFailed = false;
    const { startedAt } = environment;
    this.#parts.observer.loaded(startedAt, this.#parts.clock.now() - startedAt);
    for (const resolve of this.#warmUps.splice(0)) resolve(undefined);
    this.#next(environment);
    this.#grow(); // there is room for another start
  }

  loadFailed(environment: ExecutionEnvironment, end: EnvironmentEnd): void {
    if (!this.#starting.delete(environment)) return; // its code is outdated, or the pool is closing
    this.#lastLoadFailed = true;
    this.#parts.observer.loadFailed(environment.startedAt, errorOfEnd(end));
    for (const resolve of this.#warmUps.splice(0)) resolve(errorOfEnd(end));
    const waiting = this.#waiting.shift();
    if (waiting !== undefined) this.#failLoad(waiting.call, environment, end);
    this.#grow();
  }

  free(environment: ExecutionEnvironment): void {
    this.#busy.delete(environment);
    if (this.#stale.has(environment)) environment.end();
    else this.#next(environment);
  }

  returned(call: Call): void {
    const environment = this.#idle.pop();
    if (environment !== undefined) this.#run(environment, call);
    else if (this.#closed) settleClosed(call);
    else this.#waiting.unshift({ call, since: Number.NEGATIVE_INFINITY }); // `gone` follows, and lets the pool grow
  }

  left(environment: ExecutionEnvironment): void {
    const at = this.#idle.indexOf(environment);
    if (at !== -1) this.#idle.splice(at, 1);
    this.#busy.delete(environment);
  }

  gone(environment: ExecutionEnvironment, end: EnvironmentEnd | undefined): void {
    this.#all.delete(environment);
    this.#stale.delete(environment);
    if (end !== undefined) this.#parts.observer.ended(end);
    if (this.#all.size === 0) this.#whenEmpty?.();
    this.#grow();
  }

  filesLoaded(environment: ExecutionEnvironment, files: readonly string[]): void {
    // What an outdated environment has loaded says nothing about when the new code was read.
    if (!this.#stale.has(environment)) this.#parts.observer.filesLoaded(files, environment.startedAt);
  }

  output(line: LogLine): void {
    this.#parts.observer.output(line);
  }

  #run(environment: ExecutionEnvironment, call: Call): void {
    this.#busy.add(environment);
    environment.run(call);
    if (this.#idle.length === 0) this.#grow();
  }

  #next(environment: ExecutionEnvironment): void {
    const waiting = this.#waiting.shift();
    if (waiting !== undefined) return this.#run(environment, waiting.call);
    this.#idle.push(environment);
    if (this.#idle.length > 1) this.#shrinkLater();
  }

  #grow(): void {
    if (this.#closed || this.#held) return;
    const wantSpare = this.#warmUps.length > 0 || this.#lacksSpare();
    const state = {
      waitingCalls: this.#busy.size === 0 ? this.#waiting.length : this.#impatientCalls(),
      starting: this.#starting.size,
      idle: this.#idle.length,
      busy: this.#busy.size,
      ending: this.#all.size - this.#starting.size - this.#idle.length - this.#busy.size,
    };
    for (let count = environmentsToStart(state, wantSpare, this.#parts.limits); count > 0; count--) this.#start();
    this.#growLater();
  }

  #impatientCalls(): number {
    const before = this.#parts.clock.now() - patienceMs;
    const patient = this.#waiting.findIndex(({ since }) => since > before);
    return patient === -1 ? this.#waiting.length : patient;
  }

  /**
   * A function that is called again is under load: from then on one is kept warm for the next crash or burst. It is
   * missing when there is but one environment, or when all have been busy for so long that none is about to come free.
   */
  #lacksSpare(): boolean {
    if (this.#lastLoadFailed || this.#idle.length > 0 || this.#starting.size > 0) return false;
    const [first, ...others] = this.#busy;
    if (first === undefined) return false;
    return others.length === 0 ? first.calls > 1 : this.#lastTakenAt() + patienceMs <= this.#parts.clock.now();
  }

  #lastTakenAt(): number {
    let last = 0;
    for (const { busySince } of this.#busy) last = Math.max(last, busySince);
    return last;
  }

  /** Looks again when a call that waits now, or all that run, will have taken long enough. */
  #growLater(): void {
    if (this.#cancelGrow !== undefined || this.#idle.length > 0 || this.#busy.size === 0) return;
    const { clock } = this.#parts;
    const since = this.#waiting[this.#impatientCalls()]?.since ?? this.#lastTakenAt();
    const inMs = since + patienceMs - clock.now();
    if (inMs <= 0) return;
    this.#cancelGrow = clock.after(inMs, () => {
      this.#cancelGrow = undefined;
      this.#grow();
    });
  }

  #start(): void {
    if (!this.#announced) {
      this.#announced = true;
      this.#parts.observer.loading();
    }
    const environment = new ExecutionEnvironment(this.#parts.newSpec(), this.#parts.clock, this);
    this.#all.add(environment);
    this.#starting.add(environment);
  }

  #failLoad(call: Call, environment: ExecutionEnvironment, end: EnvironmentEnd): void {
    if (!call.started) call.request.started();
    const durationMs = this.#parts.clock.now() - environment.startedAt;
    call.settle({ kind: 'failed', error: errorOfEnd(end, call.request.invocationId), durationMs });
  }

  #shrinkLater(): void {
    this.#cancelShrink ??= this.#parts.clock.after(idleMs, () => {
      this.#cancelShrink = undefined;
      const idleSince = this.#idle.map((environment) => environment.idleSince);
      const count = environmentsToEnd(idleSince, this.#busy.size, this.#parts.clock.now(), idleMs);
      for (const environment of this.#idle.slice(0, count)) environment.end();
      if (this.#idle.length > 1) this.#shrinkLater();
    });
  }

  #empty(): Promise<void> {
    if (this.#all.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const before = this.#whenEmpty;
      this.#whenEmpty = () => {
        before?.();
        resolve();
      };
    });
  }
}

function settleClosed(call: Call): void {
  call.settle({ kind: 'throttled', because: 'the runtime is stopping' });
}
