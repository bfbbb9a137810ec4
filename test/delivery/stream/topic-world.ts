import { MemoryTopic, type MemoryTopicOptions } from '../../../src/testing/memory-topic.js';
import { VirtualClock } from '../../fakes/virtual-clock.js';
import { deliveryWorld, type DeliveryWorldOptions } from './stream-world.js';

export interface TopicWorldOptions extends DeliveryWorldOptions, Omit<MemoryTopicOptions, 'clock'> {
  readonly clock?: VirtualClock;
  readonly topic?: MemoryTopic;
}

/** A process that takes part in the consumer group of a topic. */
export function topicMember(topic: MemoryTopic, clock: VirtualClock, options: DeliveryWorldOptions = {}) {
  const consumer = topic.consumer();
  const ledger = consumer.ledger;
  const world = deliveryWorld({ partitionWord: 'partition', ...options }, { clock, source: consumer, ledger });
  return { consumer, ledger, ...world };
}

/** A topic, whose events carry several partitions, and one process that delivers it. */
export function topicWorld(options: TopicWorldOptions = {}) {
  const clock = options.clock ?? new VirtualClock();
  const topic = options.topic ?? new MemoryTopic({ ...options, clock });
  return {
    clock,
    topic,
    ...topicMember(topic, clock, options),
    /** What the group has committed of a partition: the offset to go on at, or what else its state is. */
    committed: (partition: string): string | undefined => {
      const state = topic.group.content.partitions.get(partition);
      if (state?.kind !== 'open') return state?.kind;
      return state.from.kind === 'after' ? state.from.position : state.from.kind;
    },
  };
}

/** What a handler answers that names these records as failed, each by its partition and its offset. */
export function reportOf(...records: readonly (readonly [partition: string, offset: number])[]) {
  return {
    response: {
      batchItemFailures: records.map(([partition, offset]) => ({ itemIdentifier: { partition, offset } })),
    },
  };
}
