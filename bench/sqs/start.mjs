import { createServer } from 'node:http';
import { once } from 'node:events';
import { bar, median } from '../figures.mjs';
import { startNode } from '../processes.mjs';
import { startMillrace } from './millrace.mjs';

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

async function startStub() {
  const held = new Set();
  let onPoll;
  let url;
  const answers = {
    GetQueueUrl: () => ({ QueueUrl: `${url}/000000000000/first-poll` }),
    GetQueueAttributes: () => ({ Attributes: { VisibilityTimeout: '30' } }),
  };
  const server = createServer((request, response) => {
    const at = performance.now();
    const action = String(request.headers['x-amz-target']).replace('AmazonSQS.', '');
    request.resume();
    response.setHeader('content-type', 'application/x-amz-json-1.0');
    if (action === 'ReceiveMessage') {
      onPoll?.(at);
      held.add(response);
    } else {
      response.end(JSON.stringify(answers[action]?.() ?? {}));
    }
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${server.address().port}`;
  return {
    url,
    nextPoll: () => new Promise((resolve) => (onPoll = resolve)),
    /** From now on every receive comes back empty, so that the process under test can stop. */
    answerAll() {
      onPoll = undefined;
      for (const response of held) response.end('{}');
      held.clear();
    },
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
