import { HoldingQueue, type HoldingQueueOptions } from '../../../src/testing/holding-queue.js';
import { ScriptedFunction } from '../../fakes/scripted-function.js';
import { VirtualClock } from '../../fakes/virtual-clock.js';
import { deliveryWorld, type DeliveryOptions } from './queue-world.js';

export interface HoldingWorldOptions extends DeliveryOptions, Omit<HoldingQueueOptions, 'clock'> {
  /** Those of an earlier world, which this one follows. */
  readonly after?: { readonly clock: VirtualClock; readonly queue: HoldingQueue; readonly worker: ScriptedFunction };
}

/** One batch at a time, as a RabbitMQ mapping has it. */
export const oneBatch: DeliveryOptions = { concurrency: { initial: 1, floor: 1, ceiling: 1, growEveryMs: 200 } };

/** A broker in memory, a function and the delivery between them, in virtual time. One batch at a time unless told otherwise. */
export function holdingWorld(options: HoldingWorldOptions = {}) {
  const clock = options.after?.clock ?? new VirtualClock();
  const queue = options.after?.queue ?? new HoldingQueue({ ...options, clock });
  const worker = options.after?.worker ?? new ScriptedFunction(clock, options.timeoutMs);
  return { queue, ...deliveryWorld({ clock, source: queue, worker }, { ...oneBatch, ...options }) };
}
