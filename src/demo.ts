import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Configuration } from './config/configuration.js';
import { loadConfiguration } from './config/load.js';
import type { MappingStatus } from './journal/status.js';
import { pause, systemClock } from './platform/clock.js';
import type { Runtime } from './runtime.js';
import type { OutgoingMessage } from './sources/sqs/send.js';

/** The sample functions, in the project and in the published package alike. */
const folder = fileURLToPath(new URL('../fixtures/demo', import.meta.url));

/** How often more messages are sent when the demo goes on. */
const sendEveryMs = 4_000;

/** The plan: every message is handled, but for the poison payment. */
const traffic: Readonly<Record<string, readonly OutgoingMessage[]>> = {
  orders: [12, 3, 0, 7, 1, 5].map((items, index) => ({ body: JSON.stringify({ id: index + 1, items }) })),
  payments: [{ body: '{"amount": 12.5}' }, { body: '{"amount": "poison"}' }, { body: '{"amount": 99}' }],
  'shipments.fifo': ['A', 'B', 'C'].flatMap((truck) =>
    [1, 2, 3].map((stop) => ({ body: JSON.stringify({ truck, stop }), group: `truck-${truck}` })),
  ),
};
const poison = { queue: 'payments', index: 1 } as const;

/** The demo's configuration; its journal is in a folder of its own unless one is given. */
export async function demoConfiguration(state: string | undefined): Promise<Configuration> {
  const stateFolder = state ?? (await mkdtemp(path.join(tmpdir(), 'millrace-demo-')));
  // Nothing of the environment: the demo is the same everywhere.
  return loadConfiguration(folder, { env: {}, state: stateFolder });
}

/** Sends the demo's messages; resolves with the id of the poison one. */
export async function sendTraffic(runtime: Runtime): Promise<{ readonly count: number; readonly poison: string }> {
  const ids = new Map<string, readonly string[]>();
  for (const [queue, messages] of Object.entries(traffic)) ids.set(queue, await runtime.send(queue, messages));
  return { count: [...ids.values()].flat().length, poison: ids.get(poison.queue)?.[poison.index] ?? '' };
}

/** Sends a few more now and then. */
export async function keepSending(runtime: Runtime, stopping: AbortSignal): Promise<void> {
  for (let id = 100; !stopping.aborted; id += 2) {
    await pause(systemClock, sendEveryMs, stopping);
    if (stopping.aborted) return;
    const orders = [
      { id, items: 2 },
      { id: id + 1, items: id % 3 },
    ]; // every third time one is out of stock
    await runtime.send(
      'orders',
      orders.map((order) => ({ body: JSON.stringify(order) })),
    );
    await runtime.send('payments', [{ body: JSON.stringify({ amount: id / 4 }) }]);
  }
}

/** How what happened differs from the plan. */
export function differences(mappings: readonly MappingStatus[]): readonly string[] {
  return mappings.flatMap(({ name, handled, discarded, unhandled }) => {
    const sent = traffic[name]?.length ?? 0;
    const planned = name === poison.queue ? 1 : 0;
    if (handled === sent - planned && discarded === planned && unhandled === 0) return [];
    return [
      `${name}: ${handled} of ${sent} messages handled, ${discarded} discarded (planned: ${planned}), ${unhandled} unhandled`,
    ];
  });
}
