import { setTimeout as sleep } from 'node:timers/promises';
import { average, bar } from '../figures.mjs';
import { rssMb } from '../processes.mjs';
import { startMillrace } from './millrace.mjs';
import { createQueue, fill, startServer } from './queues.mjs';

/** Messages that wait at any time: never none, and few enough for the server to stay quick. */
const backlog = 5_000;
const sampleEveryMs = 200;
const steps = 10;
const flat = { percent: 10, mb: 20 };

/** Memory of the main process while it works through a queue that is filled all the time. */
export async function memory({ cli, messages, note }) {
  const server = await startServer();
  const queue = 'memory';
  const QueueUrl = await createQueue(server.client, queue);
  const millrace = startMillrace({ cli, endpoint: server.url, queues: [queue], handler: 'noop' });
  try {
    const samples = [];
    for (let sent = 0, handled = 0; handled < messages;) {
      const waiting = await server.depth(queue);
      handled = sent - waiting;
      samples.push({ share: handled / messages, mb: rssMb(millrace.child.pid) });
      if (samples.length % 50 === 0) note(`memory: ${handled} of ${messages} messages`);
      const more = Math.min(backlog - waiting, messages - sent);
      await Promise.all([sleep(sampleEveryMs), more > 0 ? fill(server.client, QueueUrl, more, sent) : undefined]);
      sent += Math.max(0, more);
    }
    return report(samples, messages);
  } finally {
    await millrace.stop();
    await server.close();
  }
}

function report(samples, messages) {
  const between = (from, to) => average(samples.filter(({ share }) => share >= from && share < to).map(({ mb }) => mb));
  const [second, last] = [between(0.25, 0.5), between(0.75, 1)];
  const growth = last - second;
  const isFlat = (mb) => mb <= Math.max(flat.mb, (second * flat.percent) / 100);
  return {
    title: 'Memory',
    about: [
      `Resident memory of the main process over ${messages} messages of 1 KB, at most ${backlog} of them waiting at a time; average of each tenth, the first being the warm-up.`,
    ],
    columns: Array.from({ length: steps }, (_, step) => `${(step + 1) * 10} %`),
    rows: [Array.from({ length: steps }, (_, step) => `${Math.round(between(step / steps, (step + 1) / steps))} MB`)],
    bars: [
      bar(
        `memory, last quarter (${Math.round(last)} MB) against the second (${Math.round(second)} MB)`,
        growth,
        isFlat,
        `growth ≤ ${flat.mb} MB or ${flat.percent} %`,
        1,
        ' MB',
      ),
    ],
  };
}
