import { afterEach, describe, it } from 'vitest';
import { SourceError } from '../../src/contracts/source-error.js';
import { systemClock } from '../../src/platform/clock.js';
import { MemoryStream } from '../../src/testing/memory-stream.js';
import { streamSourceContract } from '../../src/testing/stream-source-contract.js';

streamSourceContract(
  {
    name: 'MemoryStream',
    create: async () => {
      const source = new MemoryStream({ clock: systemClock });
      return {
        source,
        send: async (bodies) => void source.write(bodies),
        bodyOf: (record) => String(record['body']),
        missing: () => {
          const missing = new MemoryStream({ clock: systemClock });
          missing.failNext('describe', new SourceError('missing', 'it does not exist'));
          return missing;
        },
        split: async () => void source.split(source.openPartitions[0] ?? ''),
        dispose: async () => {},
      };
    },
  },
  { describe, it, afterEach },
);
