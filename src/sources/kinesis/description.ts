import type { SourceDescription, SourceRef } from '../../contracts/source-description.js';
import { isObject } from '../../filters/leaf.js';
import { decoded, textData } from '../../filters/record-data.js';

/** A Kinesis stream, or an enhanced fan-out consumer of one. */
export interface KinesisRef extends SourceRef {
  readonly kind: 'kinesis';
  readonly arn: string;
  readonly region: string;
  readonly account: string;
  readonly stream: string;
  /** Name and creation time of an enhanced fan-out consumer, as its ARN ends; undefined: shared throughput. */
  readonly consumer: string | undefined;
}

/** Amazon Kinesis Data Streams. */
export const kinesis: SourceDescription<KinesisRef> = {
  kind: 'kinesis',
  model: 'stream',
  label: 'Kinesis',
  noun: 'stream',
  partitionWord: 'shard',
  reached: { kind: 'service', service: 'kinesis' },
  naming: {
    by: 'arn',
    service: 'kinesis',
    form: 'arn:aws:kinesis:<region>:<account>:stream/<stream> (a consumer: …/consumer/<name>:<time>)',
    read: ({ arn, region, account, resource }) => {
      const [, stream, consumer] = /^stream\/([\w.-]{1,128})(?:\/consumer\/([\w.-]{1,128}:\d+))?$/.exec(resource) ?? [];
      if (stream === undefined) return undefined;
      const suffix = consumer === undefined ? '' : ` (consumer ${consumer.split(':')[0]})`;
      const title = `stream ${stream}${suffix}`;
      return { kind: 'kinesis', arn, region, account, stream, consumer, name: stream, title, identity: arn };
    },
  },
  filter: {
    dataKey: 'data',
    mismatch: 'no-match',
    view: ({ kinesis: inner, ...outer }, parse) => {
      const { data, ...fields } = isObject(inner) ? inner : {};
      return { metadata: { ...outer, ...fields }, data: textData(decoded(data), parse) };
    },
  },
  send: { fields: ['key'], sample: { body: '{"sample":true,"text":"hello from millrace"}' } },
  typeOf: () => 'kinesis',
  batching: () => ({ batchSize: { default: 100, max: 10_000 }, window: { defaultMs: 0 } }),
  notEmbedded: ({ arn, consumer }) =>
    consumer === undefined
      ? undefined
      : `${arn} is a consumer with enhanced fan-out, which the embedded Kinesis server does not have; map the stream itself, or give the URL of another server in endpoints.kinesis`,
};
