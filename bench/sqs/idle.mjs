import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { bar } from '../figures.mjs';
import { cpuMs, startNode, stop } from '../processes.mjs';
import { startMillrace } from './millrace.mjs';
import { createQueue, startServer } from './queues.mjs';

const bareScript = fileURLToPath(new URL('contestants/bare-idle.mjs', import.meta.url));
/** Until everything has been loaded and compiled that is used when idle. */
const settleMs = 10_000;

/** CPU time of a runtime that waits for messages. */
export async function idle({ cli, mappings, seconds, note }) {
  const server = await startServer();
  try {
    const queues = Array.from({ length: mappings }, (_, index) => `idle-${index}`);
    const urls = [];
    for (const queue of queues) urls.push(await createQueue(server.client, queue));
    const measure = (name, run) => percentOfCore(run, seconds, () => note(`idle: ${name}, ${seconds} s`));
    const percent = await measure('millrace', startMillrace({ cli, endpoint: server.url, queues, handler: 'noop' }));
    const child = startNode([bareScript, server.url, ...urls]);
    const barePercent = await measure('bare client library', { child, stop: () => stop(child, { signal: 'SIGKILL' }) });
    return report({ mappings, seconds, percent, barePercent });
  } finally {
    await server.close();
  }
}

async function percentOfCore(run, seconds, onStart) {
  try {
    await sleep(settleMs);
    onStart();
    const [before, startedAt] = [cpuMs(run.child.pid), performance.now()];
    await sleep(seconds * 1_000);
    return ((cpuMs(run.child.pid) - before) / (performance.now() - startedAt)) * 100;
  } finally {
    await run.stop();
  }
}

function report({ mappings, seconds, percent, barePercent }) {
  return {
    title: 'Idle',
    about: [
      `${mappings} mappings on ${mappings} empty queues and one function, for ${seconds} s; CPU time of millrace and its children.`,
      'The bare client library holds as many long polls of the same length, with a client for each queue: the least that waiting costs on this machine.',
    ],
    columns: ['who', '% of a core'],
    rows: [
      ['millrace', percent.toFixed(2)],
      ['bare client library', barePercent.toFixed(2)],
    ],
    bars: [bar(`idle with ${mappings} mappings`, percent, (value) => value < 1, '< 1 % of a core', 2, ' %')],
  };
}
