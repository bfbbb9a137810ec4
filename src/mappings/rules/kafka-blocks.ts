import type { SourceType } from '../../contracts/source-description.js';

/** Parameters with what only Kafka has. */
export const kafkaBlocks = ['AmazonManagedKafkaEventSourceConfig', 'SelfManagedKafkaEventSourceConfig'] as const;

export type KafkaBlock = (typeof kafkaBlocks)[number];

/** The one that a source takes. */
export function kafkaBlockOf(type: SourceType): KafkaBlock | undefined {
  if (type === 'msk') return 'AmazonManagedKafkaEventSourceConfig';
  return type === 'self-managed-kafka' ? 'SelfManagedKafkaEventSourceConfig' : undefined;
}
