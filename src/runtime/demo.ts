import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Configuration } from '../config/configuration.js';
import { loadConfiguration } from '../config/load.js';
import type { MappingStatus } from '../readers/status/status.js';
import { pause, systemClock } from '../platform/clock.js';
import type { Runtime } from './runtime.js';
import type { OutgoingRecord } from './send-records.js';

/** The sample functions, in the project and in the published package alike. */
const folder = fileURLToPath(new URL('../../fixtures/demo', import.meta.url));

/** How often more messages are sent when the demo goes on. */
const sendEveryMs = 4_000;

/** The plan: every record is handled, but for the poison payment and the click without a page. */
const traffic: Readonly<Record<string, readonly OutgoingRecord[]>> = {
  orders: [12, 3, 0, 7, 1, 5].map((items, index) => ({ body: JSON.stringify({ id: index + 1, items }) })),
  payments: [{ body: '{"amount": 12.5}' }, { body: '{"amount": "poison"}' }, { body: '{"amount": 99}' }],
  'shipments.fifo': ['A', 'B', 'C'].flatMap((truck) =>
    [1, 2, 3].map((stop) => ({ body: JSON.stringify({ truck, stop }), group: `truck-${truck}` })),
  ),
  clicks: ['/', '/tea', '/', '/cart', '/', undefined, '/tea', '/pay'].map((page, index) => ({
    body: JSON.stringify({ user: index + 1, page }),
    key: 'shop',
  })),
};
/** The record that no handler can handle, by mapping. */
const poison: Readonly<Record<string, number>> = { payments: 1, clicks: 5 };

/** The demo's configuration; its journal is in a folder of its own unless one is given. */
export async function demoConfiguration(state: string | undefined): Promise<Configuration> {
  const stateFolder = state ?? (await mkdtemp(path.join(tmpdir(), 'millrace-demo-')));
  // Nothing of the environment: the demo is the same everywhere.
  return loadConfiguration(folder, { env: {}, state: stateFolder });
}

/** Sends the demo's records; resolves with the ids of the poison ones, by mapping. */
export async function sendTraffic(
  runtime: Runtime,
): Promise<{ readonly count: number; readonly poison: ReadonlyMap<string, string> }> {
  const ids = new Map<string, readonly string[]>();
  for (const [mapping, records] of Object.entries(traffic)) ids.set(mapping, await runtime.send(mapping, records));
  const bad = Object.entries(poison).map(([mapping, index]) => [mapping, ids.get(mapping)?.[index] ?? ''] as const);
  return { count: [...ids.values()].flat().length, poison: new Map(bad) };
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
    await runtime.send('clicks', [{ body: JSON.stringify({ user: id, page: '/tea' }), key: 'shop' }]);
  }
}

/** How what happened differs from the plan. */
export function differences(mappings: readonly MappingStatus[]): readonly string[] {
  return mappings.flatMap(({ name, handled, discarded, unhandled }) => {
    const sent = traffic[name]?.length ?? 0;
    const planned = name in poison ? 1 : 0;
    if (handled === sent - planned && discarded === planned && unhandled === 0) return [];
    return [
      `${name}: ${handled} of ${sent} records handled, ${discarded} discarded (planned: ${planned}), ${unhandled} unhandled`,
    ];
  });
}
