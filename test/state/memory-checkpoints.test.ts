import { MemoryCheckpointStore } from '../../src/state/memory-checkpoints.js';
import { checkpointStoreContract } from './checkpoint-store-contract.js';

checkpointStoreContract({
  name: 'memory',
  survives: false,
  create: async () => ({ open: async () => new MemoryCheckpointStore(), dispose: async () => {} }),
});
