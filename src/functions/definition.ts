/** A handler given as a JavaScript function: it runs in this process, without isolation. For tests. */
// eslint-disable-next-line typescript/no-explicit-any -- users type their own events and results
export type InlineHandler = (event: any, context: HandlerContext) => unknown;

/** What an inline handler gets as its context: the part of Lambda's context that means something in process. */
export interface HandlerContext {
  readonly awsRequestId: string;
  readonly functionName: string;
  readonly functionVersion: string;
  readonly invokedFunctionArn: string;
  readonly memoryLimitInMB: string;
  readonly logGroupName: string;
  readonly logStreamName: string;
  /** What the caller of the Lambda API gave as `ClientContext`; undefined for calls of a mapping. */
  readonly clientContext: unknown;
  callbackWaitsForEmptyEventLoop: boolean;
  getRemainingTimeInMillis(): number;
}

/** Where a function's code is. */
export type HandlerCode =
  | { readonly kind: 'module'; /** Lambda's `Handler` text. */ readonly handler: string }
  | { readonly kind: 'inline'; readonly handler: InlineHandler };

/** A configured function: checked, complete, units in the names. */
export interface FunctionDefinition {
  readonly name: string;
  /** Unqualified ARN. */
  readonly arn: string;
  readonly role: string;
  /** The folder `Handler` is relative to; also the working directory of its processes. */
  readonly root: string;
  /** The code of `$LATEST`. */
  readonly code: HandlerCode;
  /** The code of aliases and versions that have their own. */
  readonly qualified: ReadonlyMap<string, HandlerCode>;
  readonly timeoutMs: number;
  readonly memoryMb: number;
  /** `Environment.Variables`. */
  readonly variables: Readonly<Record<string, string>>;
  /** `ReservedConcurrentExecutions`; undefined: not reserved. 0 throttles every call. */
  readonly reservedConcurrency: number | undefined;
}
