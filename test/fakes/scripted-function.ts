import type { InvocationOutcome, InvocationRequest, LambdaFunction } from '../../src/functions/lambda-function.js';
import type { Clock } from '../../src/platform/clock.js';

export interface Call {
  readonly bodies: readonly string[];
  readonly startedAt: number;
  endedAt: number | undefined;
}

export type Reply = 'ok' | 'throw' | 'throttle' | { readonly response: unknown };

/** A list of records, or lists by their partitions. */
interface ScriptedEvent {
  readonly Records?: readonly { readonly body: string }[];
  readonly records?: Readonly<Record<string, readonly { readonly body: string }[]>>;
}

/** A function whose outcome a test decides, by the bodies it is given; takes `tookMs` of the injected clock. */
export class ScriptedFunction implements LambdaFunction {
  readonly name = 'worker';
  readonly calls: Call[] = [];
  readonly timeoutMs: number;
  mostAtOnce = 0;
  tookMs = 0;
  /** How long the code takes to load. */
  loadMs = 0;
  /** `call` counts from 1, throttled ones included. */
  reply: (bodies: readonly string[], call: number) => Reply = () => 'ok';
  /** What an `ok` returns, by the event; nothing unless a test says otherwise. */
  stateful: (event: unknown) => unknown = () => null;
  #atOnce = 0;
  #asked = 0;
  readonly #clock: Clock;

  constructor(clock: Clock, timeoutMs = 3_000) {
    this.#clock = clock;
    this.timeoutMs = timeoutMs;
  }

  /** Everything that was handed to the function, call by call. */
  get seen(): readonly (readonly string[])[] {
    return this.calls.map((call) => call.bodies);
  }

  async warmUp(): Promise<undefined> {
    if (this.loadMs > 0) await new Promise<void>((resolve) => this.#clock.after(this.loadMs, resolve));
  }

  async invoke({ eventText, started }: InvocationRequest): Promise<InvocationOutcome> {
    const event = JSON.parse(eventText) as ScriptedEvent;
    const records = event.Records ?? Object.values(event.records ?? {}).flat();
    const bodies = records.map((record) => record.body);
    const reply = this.reply(bodies, ++this.#asked);
    if (reply === 'throttle') return { kind: 'throttled', because: 'worker is at its reserved concurrency of 1' };
    started();
    const call: Call = { bodies, startedAt: this.#clock.now(), endedAt: undefined };
    this.calls.push(call);
    this.mostAtOnce = Math.max(this.mostAtOnce, ++this.#atOnce);
    if (this.tookMs > 0) await new Promise<void>((resolve) => this.#clock.after(this.tookMs, resolve));
    this.#atOnce--;
    call.endedAt = this.#clock.now();
    if (reply === 'throw') {
      return {
        kind: 'failed',
        durationMs: this.tookMs,
        error: { errorType: 'Error', errorMessage: 'boom', trace: [] },
      };
    }
    const response = typeof reply === 'object' ? reply.response : this.stateful(event);
    return { kind: 'succeeded', durationMs: this.tookMs, responseText: JSON.stringify(response) };
  }
}
