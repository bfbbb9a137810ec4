// For people who write a source: what every source has to do, as suites of tests, and a stream and a queue in memory. What is
// exported here is a promise; `test/index.test.ts` lists the names.

export { HoldingQueue } from './holding-queue.js';
export type { HoldingQueueOptions, HoldingSend } from './holding-queue.js';
export { MemoryStream } from './memory-stream.js';
export type { MemoryRecord, MemoryStreamOptions } from './memory-stream.js';
export { queueSourceContract } from './queue-source-contract.js';
export type { QueueContractOptions, QueueFixture } from './queue-source-contract.js';
export { streamSourceContract } from './stream-source-contract.js';
export type { StreamContractOptions, StreamFixture, Trait } from './stream-source-contract.js';
export type { TestFunction, TestRunner } from './test-runner.js';
