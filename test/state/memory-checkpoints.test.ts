import { systemClock } from '../../src/platform/clock.js';
import { systemRandom } from '../../src/platform/random.js';
import { openCheckpoints } from '../../src/state/open-checkpoints.js';
import { checkpointStoreContract } from './checkpoint-store-contract.js';

checkpointStoreContract({
  name: 'memory',
  survives: false,
  create: async () => ({
    open: () => openCheckpoints({ kind: 'memory' }, { clock: systemClock, random: systemRandom }),
    dispose: async () => {},
  }),
});
