import { setTimeout as sleep } from 'node:timers/promises';
import { bar } from '../figures.mjs';
import { cpuMs } from '../processes.mjs';
import { startMillrace } from './millrace.mjs';
import { createQueue, startServer } from './queues.mjs';

/** Until everything has been loaded and compiled that is used when idle. */
const settleMs = 10_000;

/** CPU time of a runtime that waits for messages. */
export async function idle({ cli, mappings, seconds, note }) {
  const server = await startServer();
  const queues = Array.from({ length: mappings }, (_, index) => `idle-${index}`);
  for (const queue of queues) await createQueue(server.client, queue);
  const millrace = startMillrace({ cli, endpoint: server.url, queues, handler: 'noop' });
  try {
    await sleep(settleMs);
    note(`idle: measuring for ${seconds} s`);
    const [before, startedAt] = [cpuMs(millrace.child.pid), performance.now()];
    await sleep(seconds * 1_000);
    const percent = ((cpuMs(millrace.child.pid) - before) / (performance.now() - startedAt)) * 100;
    return {
      title: 'Idle',
      about: [
        `${mappings} mappings on ${mappings} empty queues and one function, for ${seconds} s; CPU time of millrace and its children.`,
      ],
      columns: ['mappings', 'seconds', '% of a core'],
      rows: [[mappings, seconds, percent.toFixed(2)]],
      bars: [bar(`idle with ${mappings} mappings`, percent, (value) => value < 1, '< 1 % of a core', 2, ' %')],
    };
  } finally {
    await millrace.stop();
    await server.close();
  }
}
