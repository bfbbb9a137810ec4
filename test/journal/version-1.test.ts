import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, it } from 'vitest';
import { readJournal } from '../../src/journal/read-files.js';
import { StatusBoard } from '../../src/readers/status/status.js';
import { lifeOf } from '../../src/readers/why/why.js';
import type { JournalEntry } from '../../src/journal/events.js';
import { collected, noon } from '../readers/sample-entries.js';
import { temporaryFolder } from './temporary-folder.js';

/** What a journal of version 1 looked like: the partition of a stream was a `lane`. */
const version1 = `
{"v":1,"at":"2026-01-31T12:00:00.000Z","type":"partition","mapping":{"uuid":"u-1","name":"clicks"},"lane":"shardId-000000000000","state":"started","because":"from its oldest record"}
{"v":1,"at":"2026-01-31T12:00:00.001Z","type":"received","mapping":{"uuid":"u-1","name":"clicks"},"lane":"shardId-000000000000","records":["4951","4952"]}
{"v":1,"at":"2026-01-31T12:00:00.002Z","type":"batched","mapping":{"uuid":"u-1","name":"clicks"},"batch":"b-1","lane":"shardId-000000000000","records":["4951","4952"],"because":"size","bytes":900}
{"v":1,"at":"2026-01-31T12:00:00.003Z","type":"invoked","mapping":{"uuid":"u-1","name":"clicks"},"batch":"b-1","lane":"shardId-000000000000","records":["4951","4952"],"function":"count","invocation":"i-1","attempt":1}
{"v":1,"at":"2026-01-31T12:00:00.004Z","type":"failed","mapping":{"uuid":"u-1","name":"clicks"},"batch":"b-1","lane":"shardId-000000000000","records":["4951","4952"],"function":"count","invocation":"i-1","durationMs":1,"because":"Error: boom"}
{"v":1,"at":"2026-01-31T12:00:00.005Z","type":"batched","mapping":{"uuid":"u-1","name":"clicks"},"batch":"b-2","lane":"shardId-000000000000","records":["4951"],"because":"rest","bytes":500}
{"v":1,"at":"2026-01-31T12:00:00.005Z","type":"batched","mapping":{"uuid":"u-1","name":"clicks"},"batch":"b-3","lane":"shardId-000000000000","records":["4952"],"because":"rest","bytes":500}
{"v":1,"at":"2026-01-31T12:00:00.006Z","type":"bisected","mapping":{"uuid":"u-1","name":"clicks"},"batch":"b-1","lane":"shardId-000000000000","records":["4951","4952"],"into":[{"batch":"b-2","records":1},{"batch":"b-3","records":1}],"because":"Error: boom"}
{"v":1,"at":"2026-01-31T12:00:00.007Z","type":"invoked","mapping":{"uuid":"u-1","name":"clicks"},"batch":"b-2","lane":"shardId-000000000000","records":["4951"],"function":"count","invocation":"i-2","attempt":1}
{"v":1,"at":"2026-01-31T12:00:00.008Z","type":"failed","mapping":{"uuid":"u-1","name":"clicks"},"batch":"b-2","lane":"shardId-000000000000","records":["4951"],"function":"count","invocation":"i-2","durationMs":1,"because":"Error: boom"}
{"v":1,"at":"2026-01-31T12:00:00.009Z","type":"discarded","mapping":{"uuid":"u-1","name":"clicks"},"batch":"b-2","lane":"shardId-000000000000","record":"4951","condition":"RetryAttemptsExhausted","because":"Error: boom; no retries are allowed"}
{"v":1,"at":"2026-01-31T12:00:00.010Z","type":"checkpointed","mapping":{"uuid":"u-1","name":"clicks"},"lane":"shardId-000000000000","records":["4951"],"position":"4951"}
`.trimStart();
const version2 = version1.replaceAll('"v":1', '"v":2').replaceAll('"lane"', '"partition"');

it.each(['4951', '4952', 'shardId-000000000000:4951', '49'])(
  'a journal of version 1 answers why %s as one of version 2 does',
  async (text) => {
    const answer = await lifeOf(await folderOf(version1), text, noon);
    expect(answer.kind).not.toBe('unknown');
    expect(answer).toEqual(await lifeOf(await folderOf(version2), text, noon));
  },
);

it('a journal of version 1 is counted as one of version 2 is', async () => {
  const status = await statusOf(version1);
  expect(status).toEqual(await statusOf(version2));
  expect(status).toMatchObject([
    {
      kind: 'stream',
      received: 2,
      failed: 3,
      discarded: 1,
      unhandled: 1,
      partitions: [{ partition: 'shardId-000000000000', committed: '4951' }],
    },
  ]);
});

async function folderOf(journal: string): Promise<string> {
  const folder = await temporaryFolder();
  await writeFile(path.join(folder, 'journal.jsonl'), journal);
  return folder;
}

async function statusOf(journal: string) {
  const board = new StatusBoard([]);
  const entries = await collected(readJournal(await folderOf(journal)));
  expect(entries).toHaveLength(12);
  for (const entry of entries) board.read(entry as JournalEntry);
  return board.mappings();
}
