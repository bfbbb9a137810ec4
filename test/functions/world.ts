import path from 'node:path';
import { onTestFinished } from 'vitest';
import type { FunctionDefinition, HandlerCode } from '../../src/functions/definition.js';
import { createFunctionSet, type FunctionSet, type FunctionSetOptions } from '../../src/functions/function-set.js';
import type { InvocationOutcome, LambdaFunction, LogLine } from '../../src/functions/lambda-function.js';
import type { FunctionErrorInfo, JournalEvent } from '../../src/journal/events.js';
import { systemClock } from '../../src/platform/clock.js';
import { systemRandom } from '../../src/platform/random.js';

export const handlers = path.resolve('fixtures/handlers');

export type Wanted = Partial<Omit<FunctionDefinition, 'code'>> & {
  readonly handler?: string;
  readonly code?: HandlerCode;
};

/** A definition as the configuration would give it: only what matters to a test is written in the test. */
export function definitionOf(wanted: Wanted): FunctionDefinition {
  const { handler = 'answers.echo', ...rest } = wanted;
  const name = wanted.name ?? 'orders';
  return {
    name,
    arn: `arn:aws:lambda:eu-west-1:000000000000:function:${name}`,
    role: 'arn:aws:iam::000000000000:role/lambda-role',
    root: handlers,
    code: { kind: 'module', handler },
    qualified: new Map(),
    timeoutMs: 10_000,
    memoryMb: 128,
    variables: {},
    reservedConcurrency: undefined,
    ...rest,
  };
}

export interface FunctionWorld {
  readonly functions: FunctionSet;
  readonly events: readonly JournalEvent[];
  /** The first function. */
  readonly fn: LambdaFunction;
  /** Resolves when such an event has been written. */
  readonly event: (matches: (event: JournalEvent) => boolean) => Promise<JournalEvent>;
}

/** The functions that are wanted, with real processes; closed when the test ends. */
export function world(wanted: readonly Wanted[], options: Partial<FunctionSetOptions> = {}): FunctionWorld {
  const definitions = new Map(wanted.map(definitionOf).map((definition) => [definition.name, definition]));
  const events: JournalEvent[] = [];
  const waiting = new Set<() => void>();
  const write = (event: JournalEvent): void => {
    events.push(event);
    for (const look of waiting) look();
  };
  const functions = createFunctionSet({
    definitions,
    region: 'eu-west-1',
    endpointVariables: {},
    clock: systemClock,
    random: systemRandom,
    journal: { write },
    ...options,
  });
  onTestFinished(() => functions.close());
  const event = (matches: (event: JournalEvent) => boolean): Promise<JournalEvent> =>
    new Promise((resolve) => {
      const look = (): void => {
        const found = events.find(matches);
        if (found === undefined) return;
        waiting.delete(look);
        resolve(found);
      };
      waiting.add(look);
      look();
    });
  return { functions, events, event, fn: functions.get([...definitions.keys()][0] ?? '') };
}

export interface Called {
  readonly outcome: InvocationOutcome;
  readonly lines: readonly LogLine[];
  readonly started: number;
}

let invocations = 0;

/** Calls a function and collects what the delivery engine would see. */
export async function call(fn: LambdaFunction, event: unknown = {}, invocationId?: string): Promise<Called> {
  const lines: LogLine[] = [];
  let started = 0;
  let settled = false;
  const outcome = await fn.invoke({
    invocationId: invocationId ?? `id-${++invocations}`,
    eventText: JSON.stringify(event),
    started: () => started++,
    log: (line) => {
      if (settled) throw new Error(`output after the outcome: ${line.message}`);
      lines.push(line);
    },
  });
  settled = true;
  return { outcome, lines, started };
}

/** Calls a function that must succeed; its response. */
export async function answer(fn: LambdaFunction, event: unknown = {}, invocationId?: string): Promise<unknown> {
  const { outcome } = await call(fn, event, invocationId);
  if (outcome.kind !== 'succeeded') throw new Error(`the call did not succeed: ${JSON.stringify(outcome)}`);
  return JSON.parse(outcome.responseText);
}

/** Calls a function that must fail; its error. */
export async function failure(
  fn: LambdaFunction,
  event: unknown = {},
  invocationId?: string,
): Promise<FunctionErrorInfo> {
  const { outcome } = await call(fn, event, invocationId);
  if (outcome.kind !== 'failed') throw new Error(`the call did not fail: ${JSON.stringify(outcome)}`);
  return outcome.error;
}

/** Rows of a table for `it.each`, with their titles first: `'%s'` prints those as they are. */
export function titled<T extends { readonly it: string }>(rows: readonly T[]): [string, T][] {
  return rows.map((row) => [row.it, row]);
}

/** A promise and what resolves it. */
export function signal<T = void>(): { readonly begun: Promise<T>; readonly begin: (value: T) => void } {
  const parts: { begin?: (value: T) => void } = {};
  const begun = new Promise<T>((resolve) => {
    parts.begin = resolve;
  });
  return { begun, begin: (value) => parts.begin?.(value) };
}

/** Whether a promise is settled by now. */
export function isSettled(promise: Promise<unknown>): Promise<boolean> {
  const pending = Symbol('pending');
  return Promise.race([promise, Promise.resolve(pending)]).then((first) => first !== pending);
}
