import { afterEach, describe, it } from 'vitest';
import { SourceError } from '../../src/contracts/source-error.js';
import { systemClock } from '../../src/platform/clock.js';
import { MemoryTopic } from '../../src/testing/memory-topic.js';
import { streamSourceContract } from '../../src/testing/stream-source-contract.js';

streamSourceContract(
  {
    name: 'MemoryTopic',
    splits: { because: 'partitions of a topic are never closed' },
    spans: true,
    ledger: true,
    create: async () => {
      const topic = new MemoryTopic({ clock: systemClock });
      return {
        source: topic.consumer(),
        send: async (bodies) => void topic.write(bodies),
        bodyOf: (record) => String(record['body']),
        missing: () => {
          const missing = new MemoryTopic({ clock: systemClock });
          missing.failNext('describe', new SourceError('missing', 'it does not exist'));
          return missing.consumer();
        },
        split: async () => {},
        spanning: {
          addPartition: async () => topic.addPartition(),
          sendTo: async (partition, bodies) => void topic.write(bodies, partition),
          itemIdentifierOf: ({ partition, offset }) => ({ partition, offset }),
        },
        otherLedger: () => topic.consumer().ledger,
        dispose: async () => {},
      };
    },
  },
  { describe, it, afterEach },
);
