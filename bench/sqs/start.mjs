import { once } from 'node:events';
import { bar, median } from '../figures.mjs';
import { startNode } from '../processes.mjs';
import { startMillrace } from './millrace.mjs';
import { startStub } from './stub.mjs';

/** Starts before the ones that count: files in the cache of the system. */
const warmUps = 2;

/** From starting the process to its first `ReceiveMessage`, which a server that does nothing else waits for. */
export async function start({ cli, samples, note }) {
  const stub = await startStub();
  const took = [];
  try {
    for (let sample = -warmUps; sample < samples; sample++) {
      const polled = stub.nextPoll();
      const startedAt = performance.now();
      const millrace = startMillrace({ cli, endpoint: stub.url, queues: ['first-poll'], handler: 'noop' });
      const ms = (await polled) - startedAt;
      if (sample >= 0) took.push(ms);
      note(`start: ${Math.round(ms)} ms`);
      stub.answerAll();
      await millrace.stop();
    }
  } finally {
    stub.close();
  }
  const nodeTook = [];
  for (let sample = 0; sample < samples; sample++) nodeTook.push(await emptyProcessMs());
  return {
    title: 'Start to first poll',
    about: [
      `\`millrace run\` with one mapping and a handler in JavaScript, from spawning the process to the first ReceiveMessage at a server that answers at once; ${samples} starts after ${warmUps} to warm the file cache.`,
      'The handler is loaded before the first poll, in a process of its own: that is part of it. Node alone, with an empty script, is what each of the two processes cannot start faster than on this machine.',
    ],
    columns: ['who', 'median ms', 'least ms', 'most ms'],
    rows: [row('millrace', took), row('an empty Node process', nodeTook)],
    bars: [bar('start to first poll, median', median(took), (value) => value < 500, '< 500 ms', 0, ' ms')],
  };
}

function row(name, took) {
  return [name, ...[median(took), Math.min(...took), Math.max(...took)].map(Math.round)];
}

async function emptyProcessMs() {
  const startedAt = performance.now();
  await once(startNode(['--eval', '0']), 'exit');
  return performance.now() - startedAt;
}
