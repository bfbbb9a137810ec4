import type { FunctionErrorInfo } from '../journal/events.js';
import type { Clock } from '../platform/clock.js';
import { Lifecycle } from '../platform/lifecycle.js';
import { errorOfEnd, type EnvironmentEnd } from './function-error.js';
import {
  ExecutionEnvironment,
  type Call,
  type EnvironmentOwner,
  type EnvironmentSpec,
} from './execution-environment.js';
import type { LogLine } from './lambda-function.js';
import { environmentsToEnd, environmentsToStart, type PoolLimits } from './pool-decisions.js';
import type { PoolObserver } from './pool-observer.js';
import { patienceMs, WaitingCalls } from './waiting-calls.js';

/** How long an environment may be idle before it ends; the last one stays. */
const idleMs = 10_000;

interface PoolOptions {
  /** Called for each environment, because log stream and debugger port are its own. */
  readonly newSpec: () => EnvironmentSpec;
  readonly limits: PoolLimits;
  readonly clock: Clock;
  readonly observer: PoolObserver;
}

type WarmUp = (error: FunctionErrorInfo | undefined) => void;

/**
 * The execution environments of one version of a function's code.
 *
 * A call takes the most recently used idle environment, or waits for whichever becomes free or ready first. A call
 * ends in exactly one of: an answer, the death of its environment, a failed load, or the closing of the pool.
 */
export class EnvironmentPool implements EnvironmentOwner {
  readonly #options: PoolOptions;
  /** All whose process exists, also those that are on their way out → called when it is gone. */
  readonly #all = new Map<ExecutionEnvironment, () => void>();
  readonly #starting = new Set<ExecutionEnvironment>();
  /** Most recently used last. */
  readonly #idle: ExecutionEnvironment[] = [];
  readonly #busy = new Set<ExecutionEnvironment>();
  /** Environments whose code is outdated: they finish their call and end. */
  readonly #stale = new Set<ExecutionEnvironment>();
  readonly #waiting = new WaitingCalls();
  /** Its work are the processes that exist. */
  readonly #life = new Lifecycle({ onStop: () => this.#letGo() });
  #warmUps: WarmUp[] = [];
  #held = false;
  /** Why calls that still come are throttled once nothing is in hand; until then they are served. */
  #finishing: string | undefined;
  /** Why calls are throttled once it is closed. */
  #closedBecause = '';
  #announced = false;
  #lastLoadFailed = false;
  #cancelShrink: (() => void) | undefined;
  #cancelGrow: (() => void) | undefined;

  constructor(options: PoolOptions) {
    this.#options = options;
  }

  dispatch(call: Call): void {
    const environment = this.#idle.pop();
    if (environment !== undefined) return this.#run(environment, call);
    if (this.#life.isStopping) return this.#throttle(call);
    this.#waiting.add(call, this.#options.clock.now());
    this.#grow();
  }

  /** Resolves when an environment is warm, or with the reason why there is none. */
  warmUp(): Promise<FunctionErrorInfo | undefined> {
    const warm = this.#idle.length > 0 || [...this.#busy].some((environment) => !this.#stale.has(environment));
    if (this.#life.isStopping || warm) return Promise.resolve(undefined);
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
    if (this.#finishing === undefined)
      void this.warmUp(); // never rejects; the observer hears how it went
    else this.#grow();
  }

  /**
   * Serves the calls that run or wait, and those that come meanwhile. When there are none it closes, and `because` tells
   * later ones why they are throttled. Resolves when all environments are gone.
   */
  finish(because: string): Promise<void> {
    this.#finishing = because;
    this.#closeIfDone();
    return this.#life.ended;
  }

  /** Ends all environments. Calls that wait are throttled: they never reached the function, and may come again. */
  close(how: 'gracefully' | 'at-once', because: string = 'the runtime is stopping'): Promise<void> {
    if (!this.#life.isStopping) this.#closedBecause = because;
    const gone = this.#life.stop();
    for (const environment of this.#all.keys()) {
      if (how === 'gracefully') environment.end();
      else environment.kill();
    }
    return gone;
  }

  ready(environment: ExecutionEnvironment): void {
    this.#starting.delete(environment);
    this.#lastLoadFailed = false;
    const { startedAt } = environment;
    this.#options.observer.loaded(startedAt, this.#options.clock.now() - startedAt);
    for (const resolve of this.#warmUps.splice(0)) resolve(undefined);
    this.#next(environment);
    this.#grow(); // there is room for another start
  }

  loadFailed(environment: ExecutionEnvironment, end: EnvironmentEnd): void {
    if (!this.#starting.delete(environment)) return; // its code is outdated, or the pool is closing
    this.#lastLoadFailed = true;
    this.#options.observer.loadFailed(environment.startedAt, errorOfEnd(end));
    for (const resolve of this.#warmUps.splice(0)) resolve(errorOfEnd(end));
    const waiting = this.#waiting.take();
    if (waiting !== undefined) this.#failLoad(waiting, environment, end);
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
    else if (this.#life.isStopping) this.#throttle(call);
    else this.#waiting.addFirst(call); // `gone` follows, and lets the pool grow
  }

  left(environment: ExecutionEnvironment): void {
    const at = this.#idle.indexOf(environment);
    if (at !== -1) this.#idle.splice(at, 1);
    this.#busy.delete(environment);
  }

  gone(environment: ExecutionEnvironment, end: EnvironmentEnd | undefined): void {
    this.#all.get(environment)?.();
    this.#all.delete(environment);
    this.#stale.delete(environment);
    if (end !== undefined) this.#options.observer.ended(end);
    this.#grow();
    this.#closeIfDone();
  }

  filesLoaded(environment: ExecutionEnvironment, files: readonly string[]): void {
    // What an outdated environment has loaded says nothing about when the new code was read.
    if (!this.#stale.has(environment)) this.#options.observer.filesLoaded(files, environment.startedAt);
  }

  output(line: LogLine): void {
    this.#options.observer.output(line);
  }

  #letGo(): void {
    this.#cancelShrink?.();
    this.#cancelGrow?.();
    this.#starting.clear();
    for (const call of this.#waiting.takeAll()) this.#throttle(call);
    for (const resolve of this.#warmUps.splice(0)) resolve(undefined);
  }

  #throttle(call: Call): void {
    call.settle({ kind: 'throttled', because: this.#closedBecause });
  }

  #run(environment: ExecutionEnvironment, call: Call): void {
    this.#busy.add(environment);
    environment.run(call);
    if (this.#idle.length === 0) this.#grow();
  }

  #next(environment: ExecutionEnvironment): void {
    const waiting = this.#waiting.take();
    if (waiting !== undefined) return this.#run(environment, waiting);
    this.#idle.push(environment);
    if (this.#idle.length > 1) this.#shrinkLater();
    this.#closeIfDone();
  }

  #grow(): void {
    if (this.#life.isStopping || this.#held) return;
    // One look for all: a call that is patient at the first and not at the second would be forgotten.
    const now = this.#options.clock.now();
    const wantSpare = this.#finishing === undefined && (this.#warmUps.length > 0 || this.#lacksSpare(now));
    const state = {
      waitingCalls: this.#busy.size === 0 ? this.#waiting.count : this.#waiting.impatient(now),
      starting: this.#starting.size,
      idle: this.#idle.length,
      busy: this.#busy.size,
      ending: this.#ending(),
    };
    for (let count = environmentsToStart(state, wantSpare, this.#options.limits); count > 0; count--) this.#start();
    this.#growLater(now);
  }

  /**
   * A function that is called again is under load: from then on one is kept warm for the next crash or burst. It is
   * missing when there is but one environment, or when all have been busy for so long that none is about to come free.
   */
  #lacksSpare(now: number): boolean {
    if (this.#lastLoadFailed || this.#idle.length > 0 || this.#starting.size > 0) return false;
    const [first, ...others] = this.#busy;
    if (first === undefined) return false;
    return others.length === 0 ? first.calls > 1 : this.#lastTakenAt() + patienceMs <= now;
  }

  #lastTakenAt(): number {
    let last = 0;
    for (const { busySince } of this.#busy) last = Math.max(last, busySince);
    return last;
  }

  /** Looks again when a call that waits now, or all that run, will have taken long enough. */
  #growLater(now: number): void {
    if (this.#cancelGrow !== undefined || this.#idle.length > 0 || this.#busy.size === 0) return;
    const since = this.#waiting.patientSince(now) ?? this.#lastTakenAt();
    const inMs = since + patienceMs - now;
    if (inMs <= 0) return;
    this.#cancelGrow = this.#options.clock.after(inMs, () => {
      this.#cancelGrow = undefined;
      this.#grow();
    });
  }

  #start(): void {
    if (!this.#announced) {
      this.#announced = true;
      this.#options.observer.loading();
    }
    const environment = new ExecutionEnvironment(this.#options.newSpec(), this.#options.clock, this);
    this.#life.track(new Promise<void>((gone) => this.#all.set(environment, gone)));
    this.#starting.add(environment);
  }

  #ending(): number {
    return this.#all.size - this.#starting.size - this.#idle.length - this.#busy.size;
  }

  #closeIfDone(): void {
    if (this.#finishing === undefined || this.#life.isStopping) return;
    // One that is ending may still have a call, and give it back.
    const inHand = this.#waiting.count + this.#busy.size + this.#ending();
    if (inHand === 0) void this.close('gracefully', this.#finishing); // `finish` hears when it is through
  }

  #failLoad(call: Call, environment: ExecutionEnvironment, end: EnvironmentEnd): void {
    if (!call.started) call.request.started();
    const durationMs = this.#options.clock.now() - environment.startedAt;
    call.settle({ kind: 'failed', error: errorOfEnd(end, call.request.invocationId), durationMs });
  }

  #shrinkLater(): void {
    this.#cancelShrink ??= this.#options.clock.after(idleMs, () => {
      this.#cancelShrink = undefined;
      const idleSince = this.#idle.map((environment) => environment.idleSince);
      const count = environmentsToEnd(idleSince, this.#busy.size, this.#options.clock.now(), idleMs);
      for (const environment of this.#idle.slice(0, count)) environment.end();
      if (this.#idle.length > 1) this.#shrinkLater();
    });
  }
}
