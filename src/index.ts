// The public library. What is exported here is a promise; `test/index.test.ts` lists the names.

export { startRuntime } from './runtime.js';
export type { IdleWait, Runtime } from './runtime.js';
export type { HttpSettings, StartOptions } from './runtime-options.js';

export { defineConfig } from './config/input.js';
export type { CodeInput, ConfigurationInput, EndpointsInput, FunctionInput } from './config/input.js';
export type { MappingInput } from './mappings/request.js';
export type { HandlerContext, InlineHandler } from './functions/definition.js';

export { compilePattern } from './filters/compile-pattern.js';
export type { CompiledPattern } from './filters/compile-pattern.js';
export type { Explanation } from './filters/explain.js';
export { InvalidPatternError } from './filters/invalid-pattern-error.js';

export { MillraceError } from './platform/millrace-error.js';
export type { MillraceErrorCode } from './platform/millrace-error.js';

export type { EntryFilter, Invocation, JournalMemory } from './journal/invocations.js';
export type { OutgoingMessage } from './sources/sqs/send.js';
export type { MappingStatus } from './journal/status.js';
export type { FunctionErrorInfo, JournalEntry, JournalEvent, MappingRef } from './journal/events.js';
