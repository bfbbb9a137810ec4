// The public library. What is exported here is a promise; `test/index.test.ts` lists the names.

export { startRuntime } from './runtime/runtime.js';
export type { IdleWait, Runtime } from './runtime/runtime.js';
export type { HttpSettings, StartOptions } from './runtime/runtime-options.js';

export { defineConfig } from './config/input.js';
export type { CodeInput, ConfigurationInput, EndpointsInput, FunctionInput } from './config/input.js';
export type { MappingInput } from './mappings/schema/request.js';
export type { HandlerContext, InlineHandler } from './functions/definition.js';

export { defineSource } from './contracts/source-definition.js';
export type {
  AdviceSettings,
  CustomRecord,
  CustomSourceRef,
  QueueSourceDefinition,
  SourceContext,
  SourceDefinition,
  SourceTraits,
  StreamSourceDefinition,
} from './contracts/source-definition.js';
export type { ConcurrencyLimits, SendField } from './contracts/source-description.js';
export type { FilterView, ParseJson, RecordData, RecordView } from './contracts/filter-view.js';
export type {
  DroppedMessage,
  FailedMessages,
  QueueDepth,
  QueueFacts,
  QueueMessage,
  QueueSource,
  ReceiveRequest,
  RetryLimit,
  SettleFailure,
} from './contracts/queue-source.js';
export type {
  Pacing,
  Page,
  Partition,
  PartitionReader,
  ReadRequest,
  StartPoint,
  StreamFacts,
  StreamRecord,
  StreamSource,
} from './contracts/stream-source.js';
export { SourceError } from './contracts/source-error.js';
export type { SourceErrorKind } from './contracts/source-error.js';
export type { Clock } from './platform/clock.js';

export { compilePattern } from './filters/compile-pattern.js';
export type { CompiledPattern } from './filters/compile-pattern.js';
export type { Explanation } from './filters/explain.js';
export { InvalidPatternError } from './filters/invalid-pattern-error.js';

export { MillraceError } from './platform/millrace-error.js';
export type { MillraceErrorCode } from './platform/millrace-error.js';

export type { EntryFilter, Invocation, JournalMemory } from './readers/invocations.js';
export type { OutgoingRecord } from './runtime/send-records.js';
export type { OutgoingMessage } from './sources/sqs/send.js';
export type { MappingStatus } from './readers/status/status.js';
export type { FunctionErrorInfo, JournalEntry, JournalEvent, MappingRef } from './journal/events.js';
