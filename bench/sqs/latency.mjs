import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { bar, percentile } from '../figures.mjs';
import { startMillrace } from './millrace.mjs';
import { createQueue, sdk, startServer } from './queues.mjs';

/** Messages before the ones that count: handler loaded, code compiled. */
const warmUps = 20;
const pauseMs = { least: 50, most: 300 };

/** From `SendMessage` returning to the first line of the handler, on a queue where nothing else happens. */
export async function latency({ cli, samples, note }) {
  const server = await startServer();
  const folder = mkdtempSync(path.join(tmpdir(), 'millrace-bench-'));
  const stamps = path.join(folder, 'stamps');
  const queue = 'idle-queue';
  const QueueUrl = await createQueue(server.client, queue);
  const variables = { STAMPS: stamps };
  const millrace = startMillrace({ cli, endpoint: server.url, queues: [queue], handler: 'stamp', variables });
  try {
    const sent = await send(server.client, QueueUrl, warmUps + samples, note);
    await sleep(1_000);
    const handled = readStamps(stamps);
    const all = [...sent].slice(warmUps).map(([number, at]) => Number(handled.get(number) - at) / 1e6);
    return report(all);
  } finally {
    await millrace.stop();
    await server.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function send(client, QueueUrl, count, note) {
  const sent = new Map();
  for (let number = 0; number < count; number++) {
    await sleep(number === 0 ? 3_000 : pauseMs.least + Math.random() * (pauseMs.most - pauseMs.least));
    await client.send(new sdk.SendMessageCommand({ QueueUrl, MessageBody: String(number) }));
    sent.set(number, process.hrtime.bigint());
    if (number % 100 === 0) note(`latency: ${number} of ${count} messages`);
  }
  return sent;
}

function readStamps(file) {
  const lines = readFileSync(file, 'utf8').trim().split('\n');
  return new Map(lines.map((line) => line.split(' ')).map(([number, at]) => [Number(number), BigInt(at)]));
}

function report(samples) {
  const [p50, p90, p99] = [50, 90, 99].map((percent) => percentile(samples, percent));
  return {
    title: 'Latency on an idle queue',
    about: [
      `${samples.length} messages, one every ${pauseMs.least} to ${pauseMs.most} ms, after ${warmUps} to warm up; from SendMessage returning to handler entry, on the monotonic clock that all processes share.`,
      'The server hands a message out before it answers the sender, so a figure may be negative.',
    ],
    columns: ['p50 ms', 'p90 ms', 'p99 ms', 'max ms'],
    rows: [[p50, p90, p99, Math.max(...samples)].map((value) => value.toFixed(1))],
    bars: [
      bar('latency after idle, p50', p50, (value) => value < 15, '< 15 ms', 1, ' ms'),
      bar('latency after idle, p99', p99, (value) => value < 50, '< 50 ms', 1, ' ms'),
    ],
  };
}
