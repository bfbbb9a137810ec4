import { afterEach, describe, it } from 'vitest';
import { SourceError } from '../../src/contracts/source-error.js';
import { systemClock } from '../../src/platform/clock.js';
import { HoldingQueue } from '../../src/testing/holding-queue.js';
import { queueSourceContract } from '../../src/testing/queue-source-contract.js';

class MissingQueue extends HoldingQueue {
  override async describe(): Promise<never> {
    throw new SourceError('missing', 'it does not exist');
  }
}

const limit = { redeliveries: 2, outcome: 'discarded', because: 'the broker dead-letters it' } as const;

for (const tellsDepth of [true, false]) {
  queueSourceContract(
    {
      name: `HoldingQueue that ${tellsDepth ? 'tells' : 'does not tell'} its depth`,
      fifo: false,
      leases: { because: 'a message is its receiver’s until it is settled, given back or lost' },
      depths: tellsDepth ? true : { because: 'it was made so' },
      create: async () => {
        const failedMessages = { kind: 'again', firstPauseMs: 10, longestPauseMs: 10, limit } as const;
        const source = new HoldingQueue({ clock: systemClock, tellsDepth, failedMessages });
        return {
          source,
          send: async (bodies) => void source.send(bodies),
          missing: () => new MissingQueue({ clock: systemClock }),
          dispose: async () => {},
        };
      },
    },
    { describe, it, afterEach },
  );
}
