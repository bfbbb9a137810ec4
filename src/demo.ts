import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Configuration } from './config/configuration.js';
import { loadConfiguration } from './config/load.js';
import { queuesOf } from './emulators/queues.js';
import { startEmbedded, type EmbeddedServer } from './emulators/sqs.js';
import type { MappingStatus } from './journal/status.js';
import { pause, systemClock } from './platform/clock.js';
import { sendToSqs, type OutgoingMessage } from './sources/sqs/send.js';
import { sqsTarget } from './start-mapping.js';

/** The sample functions, in the project and in the published package alike. */
const folder = fileURLToPath(new URL('../fixtures/demo', import.meta.url));

/** Short, so that redeliveries can be watched. */
const visibilityTimeoutSeconds = 3;
const maxReceiveCount = 2;
/** How often more messages are sent when the demo goes on. */
const sendEveryMs = 4_000;

export interface Demo extends AsyncDisposable {
  readonly configuration: Configuration;
  /** Folder of the demo's journal. */
  readonly state: string;
  /** Sends the demo's messages; resolves with the id of the poison one. */
  sendAll(): Promise<{ readonly count: number; readonly poison: string }>;
  /** Sends a few more now and then. */
  keepSending(stopping: AbortSignal): Promise<void>;
  /** How what happened differs from the plan. */
  problems(mappings: readonly MappingStatus[]): readonly string[];
}

/** The plan: every message is handled, but for the poison payment. */
const traffic: Readonly<Record<string, readonly OutgoingMessage[]>> = {
  orders: [12, 3, 0, 7, 1, 5].map((items, index) => ({ body: JSON.stringify({ id: index + 1, items }) })),
  payments: [{ body: '{"amount": 12.5}' }, { body: '{"amount": "poison"}' }, { body: '{"amount": 99}' }],
  'shipments.fifo': ['A', 'B', 'C'].flatMap((truck) =>
    [1, 2, 3].map((stop) => ({ body: JSON.stringify({ truck, stop }), group: `truck-${truck}` })),
  ),
};
const poison = { queue: 'payments', index: 1 } as const;

/** Starts the embedded server of the demo, with its queues and their dead-letter queues. */
export async function openDemo({ state }: { readonly state?: string }): Promise<Demo> {
  const stateFolder = state ?? (await mkdtemp(path.join(tmpdir(), 'millrace-demo-')));
  const loaded = await loadConfiguration(folder, { env: process.env, state: stateFolder });
  const server = await startEmbedded();
  await createQueues(server, loaded);
  const byService = { ...loaded.endpoints.byService, sqs: { kind: 'url', url: server.url } as const };
  const configuration: Configuration = { ...loaded, endpoints: { ...loaded.endpoints, byService } };
  const send = (queue: string, messages: readonly OutgoingMessage[]): Promise<readonly string[]> => {
    const mapping = configuration.mappings.find(({ source }) => source.queue === queue);
    if (mapping === undefined) throw new Error(`the demo has no queue ${queue}`);
    return sendToSqs(sqsTarget(mapping.source, { configuration, env: {}, embedded: {} }), messages);
  };
  return {
    configuration,
    state: stateFolder,
    sendAll: async () => {
      const ids = new Map<string, readonly string[]>();
      for (const [queue, messages] of Object.entries(traffic)) ids.set(queue, await send(queue, messages));
      const count = [...ids.values()].flat().length;
      return { count, poison: ids.get(poison.queue)?.[poison.index] ?? '' };
    },
    keepSending: (stopping) => keepSending(send, stopping),
    problems,
    [Symbol.asyncDispose]: () => server.close(),
  };
}

async function createQueues(server: EmbeddedServer, { mappings, functions }: Configuration): Promise<void> {
  const queues = queuesOf(mappings, functions);
  const deadLetters = queues.map((queue) => ({ ...queue, name: deadLetterName(queue.name) }));
  await server.createQueues(deadLetters);
  await server.createQueues(
    queues.map((queue) => ({
      ...queue,
      visibilityTimeoutSeconds,
      redrive: { maxReceiveCount, queue: deadLetterName(queue.name) },
    })),
  );
}

function deadLetterName(queue: string): string {
  return queue.endsWith('.fifo') ? `${queue.slice(0, -'.fifo'.length)}-dlq.fifo` : `${queue}-dlq`;
}

async function keepSending(
  send: (queue: string, messages: readonly OutgoingMessage[]) => Promise<unknown>,
  stopping: AbortSignal,
): Promise<void> {
  for (let id = 100; !stopping.aborted; id += 2) {
    await pause(systemClock, sendEveryMs, stopping);
    if (stopping.aborted) return;
    await send('orders', [
      { body: JSON.stringify({ id, items: 2 }) },
      { body: JSON.stringify({ id: id + 1, items: id % 3 }) },
    ]);
    await send('payments', [{ body: JSON.stringify({ amount: id / 4 }) }]);
  }
}

function problems(mappings: readonly MappingStatus[]): readonly string[] {
  return mappings.flatMap(({ name, handled, discarded, unhandled }) => {
    const sent = traffic[name]?.length ?? 0;
    const planned = name === poison.queue ? 1 : 0;
    if (handled === sent - planned && discarded === planned && unhandled === 0) return [];
    return [
      `${name}: ${handled} of ${sent} messages handled, ${discarded} discarded (planned: ${planned}), ${unhandled} unhandled`,
    ];
  });
}
