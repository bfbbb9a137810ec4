import { afterEach, describe, it } from 'vitest';
import { systemClock } from '../../src/platform/clock.js';
import { HoldingQueue, type HoldingQueueOptions } from '../../src/testing/holding-queue.js';
import { queueSourceContract } from '../../src/testing/queue-source-contract.js';
import type { Trait } from '../../src/testing/stream-source-contract.js';

const rows: readonly {
  readonly name: string;
  readonly options?: Partial<HoldingQueueOptions>;
  readonly depths: Trait;
}[] = [
  { name: 'the queue in memory that holds its messages', depths: true },
  {
    name: 'the same without a depth',
    options: { tellsDepth: false, prefetch: 5 },
    depths: { because: 'it was told to keep it to itself' },
  },
];

for (const { name, options, depths } of rows) {
  queueSourceContract(
    {
      name,
      fifo: false,
      leases: { because: 'messages are held until they are settled' },
      depths,
      rejects: true,
      loses: true,
      drops: true,
      create: async () => {
        const source = new HoldingQueue({ clock: systemClock, waitMs: 200, ...options });
        const gone = new HoldingQueue({ clock: systemClock });
        gone.remove();
        return {
          source,
          send: async (bodies) => source.send(bodies),
          disconnect: async () => source.disconnect(),
          sendUnsupported: async () => source.send(['a map'], { unsupported: true }),
          missing: () => gone,
          dispose: async () => {},
        };
      },
    },
    { describe, it, afterEach },
  );
}
