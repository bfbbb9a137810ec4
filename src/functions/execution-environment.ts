import type { ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { messageOf } from '../platform/millrace-error.js';
import type { Clock } from '../platform/clock.js';
import { unreachable } from '../platform/unreachable.js';
import {
  decodeSuccess,
  encodeInvocation,
  type AfterOutput,
  type LoadMessage,
  type MessageFromEnvironment,
  type MessageToEnvironment,
} from './environment/messages.js';
import { EnvironmentOutput } from './environment-output.js';
import { killGroup, startProcess, type EnvironmentProcess, type ProcessSpec } from './environment-process.js';
import { endOfProcess, errorOfEnd, type EnvironmentEnd } from './function-error.js';
import type { InvocationOutcome, InvocationRequest, LogLine } from './lambda-function.js';

/** How long a process may take to end when it is asked to. */
const endGraceMs = 500;

/** How long output may keep arriving after a process has ended; a process of the handler's own can hold the pipes open. */
const drainMs = 200;

/** A call on its way to its outcome. */
export interface Call {
  readonly request: InvocationRequest;
  readonly settle: (outcome: InvocationOutcome) => void;
  /** Whether `request.started` was called: a call can be moved to another environment, and starts only once. */
  started: boolean;
  /** How often it was given back. */
  moves: number;
}

/** Code that ends its process right after loading would otherwise keep a call going from environment to environment. */
const mostMoves = 3;

export interface EnvironmentSpec {
  readonly process: ProcessSpec;
  readonly load: LoadMessage;
  /** Undefined: no limit, because somebody debugs. */
  readonly timeoutMs: number | undefined;
  readonly loadTimeoutMs: number | undefined;
}

/** Hears what becomes of an environment. After `left` it gets no calls any more. */
export interface EnvironmentOwner {
  ready(environment: ExecutionEnvironment): void;
  loadFailed(environment: ExecutionEnvironment, end: EnvironmentEnd): void;
  /** Its call has ended, the next one may come. */
  free(environment: ExecutionEnvironment): void;
  /** A call that it was given and never began. */
  returned(call: Call): void;
  left(environment: ExecutionEnvironment): void;
  /** The process is gone. `end` is there when nobody asked for it and no call was told. */
  gone(environment: ExecutionEnvironment, end: EnvironmentEnd | undefined): void;
  filesLoaded(environment: ExecutionEnvironment, files: readonly string[]): void;
  /** Output that belongs to no call. */
  output(line: LogLine): void;
}

/**
 * One process that runs one call at a time.
 *
 * loading → serving → leaving → gone. It leaves because it was asked to, because a call took too long, or by itself.
 * Whatever happens, a call that it was given is settled or given back exactly once: by the answer, or when the
 * process is gone and everything it printed has been read.
 */
export class ExecutionEnvironment {
  /** When its last call ended. */
  idleSince: number;
  /** Calls it was given. */
  calls = 0;
  /** When it was given its last call. */
  busySince = 0;
  readonly startedAt: number;
  readonly #spec: EnvironmentSpec;
  readonly #clock: Clock;
  readonly #owner: EnvironmentOwner;
  readonly #process: EnvironmentProcess | undefined;
  readonly #output: EnvironmentOutput | undefined;
  #state: 'loading' | 'serving' | 'leaving' | 'gone' = 'loading';
  #loading = true;
  #asked = false;
  #call: Call | undefined;
  /** What ended it, when that is known before the process is gone. */
  #verdict: EnvironmentEnd | undefined;
  #exit: { readonly code: number | null; readonly signal: NodeJS.Signals | null } = { code: null, signal: null };
  #cancelTimeout: (() => void) | undefined;
  #cancelEnd: (() => void) | undefined;

  constructor(spec: EnvironmentSpec, clock: Clock, owner: EnvironmentOwner) {
    this.#spec = spec;
    this.#clock = clock;
    this.#owner = owner;
    this.startedAt = clock.now();
    this.idleSince = this.startedAt;
    try {
      this.#process = startProcess(spec.process);
      this.#output = this.#listen(this.#process.child);
      this.#send(spec.load);
      this.#limit(spec.loadTimeoutMs, 'loading');
    } catch (thrown) {
      // The owner is still in the middle of creating this environment: it hears of the failure afterwards.
      setImmediate(() => this.#notStarted(thrown));
    }
  }

  get pid(): number | undefined {
    return this.#process?.child.pid;
  }

  run(call: Call): void {
    this.#call = call;
    this.busySince = this.#clock.now();
    this.calls++;
    if (!call.started) {
      call.started = true;
      call.request.started();
    }
    this.#limit(this.#spec.timeoutMs, 'running');
    const { invocationId, eventText, clientContext = '' } = call.request;
    this.#send(encodeInvocation({ sequence: this.calls, invocationId, clientContext, eventText }));
  }

  /** Asks the process to end, and insists when it does not. */
  end(): void {
    if (this.#asked || this.#state === 'gone') return;
    this.#leave();
    this.#asked = true;
    this.#process?.child.kill('SIGTERM');
    this.#cancelEnd ??= this.#clock.after(endGraceMs, () => this.kill());
  }

  kill(): void {
    if (this.#state === 'gone') return;
    this.#leave();
    this.#asked = true;
    if (this.#process !== undefined) killGroup(this.#process.child);
  }

  #listen(child: ChildProcess): EnvironmentOutput {
    child.on('message', (message) => this.#received(message as MessageFromEnvironment));
    child.on('exit', (code, signal) => {
      this.#exit = { code, signal };
      killGroup(child); // what the handler has started goes with it
      this.#leave();
      this.#cancelEnd?.();
      this.#cancelEnd = this.#clock.after(drainMs, () => this.#gone());
    });
    child.on('close', () => this.#gone());
    child.on('error', (error) => {
      if (child.pid === undefined) this.#notStarted(error);
      // Otherwise a message could not be sent: the process is ending, which is noticed by itself.
    });
    return new EnvironmentOutput(child, {
      line: (sequence, line) => this.#printed(sequence, line),
      runningCall: () => (this.#call === undefined ? 0 : this.calls),
    });
  }

  #received(message: MessageFromEnvironment): void {
    if (typeof message === 'string') {
      const success = decodeSuccess(message);
      return this.#answered(success.sequence, success, (durationMs) => ({
        kind: 'succeeded',
        responseText: success.responseText,
        durationMs,
      }));
    }
    switch (message.type) {
      case 'loaded':
        return this.#output?.whenRead(message, () => this.#loaded());
      case 'load-failed':
        return this.#output?.whenRead(message, () => this.#loadFailed({ kind: 'error', error: message.error }));
      case 'failed':
        return this.#answered(message.sequence, message, (durationMs) => ({
          kind: 'failed',
          error: message.error,
          durationMs,
        }));
      case 'crashed':
        this.#verdict = { kind: 'error', error: message.error };
        return this.#leave();
      case 'files':
        return this.#owner.filesLoaded(this, message.files);
      default:
        return unreachable(message);
    }
  }

  #answered(sequence: number, output: AfterOutput, outcome: (durationMs: number) => InvocationOutcome): void {
    if (this.#call === undefined || sequence !== this.calls) return; // too late: it has timed out
    this.#cancelTimeout?.();
    const durationMs = this.#clock.now() - this.busySince;
    this.#output?.whenRead(output, () => this.#settle(outcome(durationMs)));
  }

  #loaded(): void {
    this.#cancelTimeout?.();
    this.#loading = false;
    if (this.#state !== 'loading') return; // it was asked to leave meanwhile
    this.#state = 'serving';
    this.idleSince = this.#clock.now();
    this.#owner.ready(this);
  }

  #loadFailed(end: EnvironmentEnd): void {
    this.#cancelTimeout?.();
    this.#loading = false;
    this.#owner.loadFailed(this, end);
    this.end();
  }

  #settle(outcome: InvocationOutcome): void {
    const call = this.#call;
    if (call === undefined) return;
    this.#output?.flush();
    this.#call = undefined;
    this.idleSince = this.#clock.now();
    call.settle(outcome);
    if (this.#state === 'serving') this.#owner.free(this);
  }

  #printed(sequence: number, line: LogLine): void {
    if (this.#call !== undefined && sequence === this.calls) this.#call.request.log(line);
    else this.#owner.output(line);
  }

  #limit(ms: number | undefined, during: 'running' | 'loading'): void {
    if (ms === undefined) return;
    this.#cancelTimeout = this.#clock.after(ms, () => {
      this.#verdict = { kind: 'timed-out', afterMs: ms, while: during };
      this.#leave();
      if (this.#process !== undefined) killGroup(this.#process.child);
    });
  }

  #send(message: MessageToEnvironment): void {
    this.#process?.child.send(message);
  }

  #leave(): void {
    if (this.#state === 'leaving' || this.#state === 'gone') return;
    this.#state = 'leaving';
    this.#owner.left(this);
  }

  #notStarted(thrown: unknown): void {
    const { root } = this.#spec.process;
    const error = existsSync(root)
      ? { errorType: 'Runtime.InvalidEntrypoint', errorMessage: messageOf(thrown), trace: [] }
      : { errorType: 'Runtime.InvalidWorkingDir', errorMessage: `The folder ${root} does not exist`, trace: [] };
    this.#verdict = { kind: 'error', error };
    this.#leave();
    this.#gone();
  }

  /** The process is gone and its output is read: settles what is open. */
  #gone(): void {
    if (this.#state === 'gone') return;
    this.#state = 'gone';
    this.#cancelTimeout?.();
    this.#cancelEnd?.();
    this.#output?.close();
    const end = this.#verdict ?? this.#endOfProcess();
    const told = this.#tell(end);
    this.#process?.progress.close();
    if (this.#process?.child.connected === true) this.#process.child.disconnect();
    this.#owner.gone(this, told || this.#asked ? undefined : end);
  }

  #endOfProcess(): EnvironmentEnd {
    const { memoryMb } = this.#spec.process;
    return endOfProcess({ ...this.#exit, errorOutput: this.#output?.errorTail ?? '', memoryMb });
  }

  /** Tells whoever waits for this environment; false when nobody does. */
  #tell(end: EnvironmentEnd): boolean {
    if (this.#loading) {
      this.#loading = false;
      this.#owner.loadFailed(this, end);
      return true;
    }
    const call = this.#call;
    if (call === undefined) return false;
    const neverBegun = (this.#process?.progress.lastBegun() ?? 0) < this.calls;
    if (neverBegun && end.kind !== 'timed-out' && call.moves < mostMoves) {
      call.moves++;
      this.#call = undefined;
      this.#owner.returned(call);
      return false;
    }
    const durationMs = this.#clock.now() - this.busySince;
    this.#settle({ kind: 'failed', error: errorOfEnd(end, call.request.invocationId), durationMs });
    return true;
  }
}
