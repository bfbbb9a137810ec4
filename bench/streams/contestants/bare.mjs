// The client library alone: reads every shard in a loop of its own, and notes what it got as handlers do.
import { openSync, writeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { createClient, sdk } from '../kinesis.mjs';

const [endpoint, StreamName, limit, file] = process.argv.slice(2);
const client = createClient(endpoint);
const marks = openSync(file, 'a');
const idleMs = 80;

async function loop(ShardId) {
  const start = { StreamName, ShardId, ShardIteratorType: 'TRIM_HORIZON' };
  let { ShardIterator } = await client.send(new sdk.GetShardIteratorCommand(start));
  for (;;) {
    const answer = await client.send(new sdk.GetRecordsCommand({ ShardIterator, Limit: Number(limit) }));
    ShardIterator = answer.NextShardIterator;
    const { length } = answer.Records;
    if (length > 0) writeSync(marks, `${ShardId} ${length} ${process.hrtime.bigint()}\n`);
    else await sleep(idleMs);
  }
}

const { Shards } = await client.send(new sdk.ListShardsCommand({ StreamName }));
await Promise.all(Shards.map(({ ShardId }) => loop(ShardId)));
