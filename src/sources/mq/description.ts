import type { SourceDescription, SourceRef } from '../../contracts/source-description.js';
import { decoded, textData } from '../../filters/record-data.js';

/** A queue of an Amazon MQ broker. */
interface BrokerRef extends SourceRef {
  readonly kind: 'mq';
  readonly arn: string;
  readonly broker: string;
  readonly id: string;
  readonly queue: string;
}

/** Amazon MQ, whose brokers run ActiveMQ or RabbitMQ. */
export const mq: SourceDescription<BrokerRef> = {
  kind: 'mq',
  model: 'queue',
  label: 'Amazon MQ',
  noun: 'broker',
  partitionWord: 'queue',
  reached: { kind: 'address' },
  recordNames: ['activemq', 'rabbitmq'],
  naming: {
    by: 'arn',
    service: 'mq',
    form: 'arn:aws:mq:<region>:<account>:broker:<name>:b-<uuid>',
    read: ({ arn, region, account, resource }, { Queues = [] }) => {
      const [, broker, id] = /^broker:([\w-]+):(b-[\w-]+)$/.exec(resource) ?? [];
      if (broker === undefined || id === undefined) return undefined;
      const [queue = ''] = Queues;
      const names = { name: queue, title: `queue ${queue}`, identity: `${arn}/${queue}` };
      return { kind: 'mq', arn, region, account, broker, id, queue, ...names };
    },
  },
  filter: {
    dataKey: 'data',
    mismatch: 'left-out',
    view: ({ data, ...metadata }, parse) => ({ metadata, data: textData(decoded(data), parse) }),
  },
  send: { fields: [], sample: { body: '{"sample":true,"text":"hello from millrace"}' } },
  // Only RabbitMQ has virtual hosts; all else is the same for both.
  typeOf: ({ SourceAccessConfigurations = [] }) =>
    SourceAccessConfigurations.some(({ Type }) => Type === 'VIRTUAL_HOST') ? 'rabbitmq' : 'activemq',
  batching: () => ({ batchSize: { default: 100, max: 10_000 }, window: { defaultMs: 500 } }),
};
