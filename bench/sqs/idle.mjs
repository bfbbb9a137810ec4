import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { bar } from '../figures.mjs';
import { scheduledMs, startNode, stop } from '../processes.mjs';
import { startMillrace } from './millrace.mjs';
import { createQueue, startServer } from './queues.mjs';

const bareScript = fileURLToPath(new URL('contestants/bare-idle.mjs', import.meta.url));
/** Until everything has been loaded that is used when idle. */
const loadedAfterMs = 10_000;

/** CPU time of a runtime that waits for messages, beside the client library that does the same, at the same time. */
export async function idle({ cli, mappings, seconds, settleSeconds, note }) {
  const server = await startServer();
  const contestants = [];
  try {
    const create = async (name) => {
      const queues = Array.from({ length: mappings }, (_, index) => `${name}-${index}`);
      const urls = [];
      for (const queue of queues) urls.push(await createQueue(server.client, queue));
      return { queues, urls };
    };
    const { queues } = await create('idle');
    const { urls } = await create('bare');
    contestants.push({ name: 'millrace', ...startMillrace({ cli, endpoint: server.url, queues, handler: 'noop' }) });
    const child = startNode([bareScript, server.url, ...urls]);
    contestants.push({ name: 'bare client library', child, stop: () => stop(child, { signal: 'SIGKILL' }) });

    await sleep(loadedAfterMs);
    note(`idle: the first ${seconds} s`);
    const first = await percentsOfCore(contestants, seconds);
    await sleep(settleSeconds * 1_000);
    note(`idle: ${seconds} s after ${settleSeconds} s`);
    const settled = await percentsOfCore(contestants, seconds);
    return report({ mappings, seconds, settleSeconds, contestants, first, settled });
  } finally {
    for (const contestant of contestants) await contestant.stop();
    await server.close();
  }
}

async function percentsOfCore(contestants, seconds) {
  const used = () => contestants.map(({ child }) => scheduledMs(child.pid));
  const [before, startedAt] = [used(), performance.now()];
  await sleep(seconds * 1_000);
  const [after, tookMs] = [used(), performance.now() - startedAt];
  return after.map((ms, index) => ((ms - before[index]) / tookMs) * 100);
}

function report({ mappings, seconds, settleSeconds, contestants, first, settled }) {
  return {
    title: 'Idle',
    about: [
      `${mappings} mappings on ${mappings} empty queues and one function; CPU time of millrace and its children, in the first ${seconds} s after loading and in ${seconds} s after ${settleSeconds} s more. Until then a third of it is V8, which compiles what is called ten times a second.`,
      'The bare client library holds as many long polls of the same length at the same time, with a client for each queue.',
    ],
    columns: ['who', `first ${seconds} s, % of a core`, `after ${settleSeconds} s, % of a core`],
    rows: contestants.map(({ name }, index) => [name, first[index].toFixed(2), settled[index].toFixed(2)]),
    bars: [bar(`idle with ${mappings} mappings`, settled[0], (value) => value < 1, '< 1 % of a core', 2, ' %')],
  };
}
