// For people who write a source: what every source has to do, as suites of tests, and streams and a queue in memory. What is
// exported here is a promise; `test/index.test.ts` lists the names.

export { HoldingQueue } from './holding-queue.js';
export type { HoldingQueueOptions, HoldingSend } from './holding-queue.js';
export { MemoryStream } from './memory-stream.js';
export type { MemoryRecord, MemoryStreamOptions } from './memory-stream.js';
export type { GroupMember, MemoryGroup, MemoryGroupOptions } from './memory-group.js';
export { MemoryTopic } from './memory-topic.js';
export type { MemoryTopicConsumer, MemoryTopicOptions } from './memory-topic.js';
export { queueSourceContract } from './queue-source-contract.js';
export type { QueueContractOptions, QueueFixture } from './queue-source-contract.js';
export { streamSourceContract } from './stream-source-contract.js';
export type { StreamContractOptions, StreamFixture, Trait } from './stream-source-contract.js';
export type { TestFunction, TestRunner } from './test-runner.js';
