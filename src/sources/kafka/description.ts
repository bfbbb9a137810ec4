import type { BatchingDefaults, SourceDescription, SourceRef } from '../../contracts/source-description.js';
import type { FilterView } from '../../contracts/filter-view.js';
import { decoded, textData } from '../../filters/record-data.js';

/** A topic of an MSK cluster. */
interface MskRef extends SourceRef {
  readonly kind: 'msk';
  readonly arn: string;
  readonly cluster: string;
  readonly topic: string;
}

/** A topic of a Kafka cluster that is not AWS's: it has no ARN. */
interface SelfManagedKafkaRef extends SourceRef {
  readonly kind: 'self-managed-kafka';
  /** `host:port` of the bootstrap servers. */
  readonly servers: readonly string[];
  readonly topic: string;
}

/** Records of both look alike. */
const filter: FilterView = {
  dataKey: 'value',
  mismatch: 'left-out',
  view: ({ value, key, ...fields }, parse) => {
    const metadata = { ...fields, ...keyOf(textData(decoded(key), parse)) };
    return { metadata, data: textData(decoded(value), parse) };
  },
};

function keyOf(data: ReturnType<typeof textData>): Readonly<Record<string, unknown>> {
  if (data.kind === 'json') return { key: data.value };
  return data.kind === 'text' ? { key: data.values } : {};
}

const batching: BatchingDefaults = { batchSize: { default: 100, max: 10_000 }, window: { defaultMs: 500 } };

const shared = {
  model: 'stream',
  noun: 'cluster',
  partitionWord: 'partition',
  reached: { kind: 'address' },
  recordNames: ['kafka'],
  filter,
  send: { fields: ['key'], sample: { body: '{"sample":true,"text":"hello from millrace"}' } },
  batching: () => batching,
} as const satisfies Partial<SourceDescription>;

/** Amazon MSK. */
export const msk: SourceDescription<MskRef> = {
  ...shared,
  kind: 'msk',
  label: 'Amazon MSK',
  naming: {
    by: 'arn',
    service: 'kafka',
    form: 'arn:aws:kafka:<region>:<account>:cluster/<name>/<uuid>-<n>',
    read: ({ arn, region, account, resource }, { Topics = [] }) => {
      const [, cluster] = /^(?:cluster|vpc-connection\/\d{12})\/([\w-]+)\/[\w-]+$/.exec(resource) ?? [];
      if (cluster === undefined) return undefined;
      const [topic = ''] = Topics;
      const names = { name: topic, title: `topic ${topic}`, identity: `${arn}/${topic}` };
      return { kind: 'msk', arn, region, account, cluster, topic, ...names };
    },
  },
  typeOf: () => 'msk',
};

/** Apache Kafka that is nobody's service. */
export const selfManagedKafka: SourceDescription<SelfManagedKafkaRef> = {
  ...shared,
  kind: 'self-managed-kafka',
  label: 'self-managed Kafka',
  typeLabel: 'self-managed Apache Kafka',
  naming: {
    by: 'servers',
    read: ({ SelfManagedEventSource: cluster, Topics = [] }) => {
      const servers = cluster?.Endpoints?.['KAFKA_BOOTSTRAP_SERVERS'] ?? [];
      const [topic = ''] = Topics;
      const names = { name: topic, title: `topic ${topic}`, identity: `${servers.join(',')}/${topic}` };
      return {
        kind: 'self-managed-kafka',
        arn: undefined,
        region: undefined,
        account: undefined,
        servers,
        topic,
        ...names,
      };
    },
  },
  typeOf: () => 'self-managed-kafka',
};
