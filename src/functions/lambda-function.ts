import type { FunctionErrorInfo, LogLine } from '../journal/events.js';

export type { LogLine } from '../journal/events.js';

export interface InvocationRequest {
  /** `awsRequestId` of the context. */
  readonly invocationId: string;
  /** The event as JSON text. */
  readonly eventText: string;
  /** `clientContext` of the context, as one line of JSON. */
  readonly clientContext?: string;
  /** Called once, when an execution environment takes the call; never for a throttled one. */
  readonly started: () => void;
  /** Called for each line of output that belongs to this invocation, before it settles. */
  readonly log: (line: LogLine) => void;
}

/** How an invocation ended. A throttled call never reached the function. */
export type InvocationOutcome =
  | {
      readonly kind: 'succeeded';
      /** The response as JSON text; `null` for nothing. */ readonly responseText: string;
      readonly durationMs: number;
    }
  | { readonly kind: 'failed'; readonly error: FunctionErrorInfo; readonly durationMs: number }
  | { readonly kind: 'throttled'; readonly because: string };

/** A function (with its qualifier resolved) as the delivery engine sees it. */
export interface LambdaFunction {
  /** `name`, or `name:qualifier`. */
  readonly name: string;
  readonly timeoutMs: number;
  /**
   * Starts an execution environment so that the first call finds it warm. Resolves with the error of a module that
   * does not load, and with undefined otherwise; never rejects.
   */
  warmUp(): Promise<FunctionErrorInfo | undefined>;
  /** Runs the handler. Never rejects: whatever the handler does is an outcome. */
  invoke(request: InvocationRequest): Promise<InvocationOutcome>;
}
