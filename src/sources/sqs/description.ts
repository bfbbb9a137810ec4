import type { BatchingDefaults, SourceDescription, SourceRef } from '../../contracts/source-description.js';
import { textData } from '../../filters/record-data.js';

/** A queue of SQS. */
export interface SqsRef extends SourceRef {
  readonly kind: 'sqs';
  readonly arn: string;
  readonly region: string;
  readonly account: string;
  readonly queue: string;
  readonly fifo: boolean;
}

const fifoSuffix = '.fifo';
const standard: BatchingDefaults = { batchSize: { default: 10, max: 10_000 }, window: { defaultMs: 0 } };
const ordered: BatchingDefaults = { batchSize: { default: 10, max: 10 }, window: undefined };

/** Amazon SQS, standard and FIFO queues. */
export const sqs: SourceDescription<SqsRef> = {
  kind: 'sqs',
  model: 'queue',
  label: 'SQS',
  noun: 'queue',
  partitionWord: 'queue',
  reached: { kind: 'service', service: 'sqs' },
  naming: {
    by: 'arn',
    service: 'sqs',
    form: 'arn:aws:sqs:<region>:<account>:<queue>',
    read: ({ arn, region, account, resource: queue }) => {
      const fifo = queue.endsWith(fifoSuffix);
      const isLegal = /^[\w-]{1,80}$/.test(fifo ? queue.slice(0, -fifoSuffix.length) : queue) && queue.length <= 80;
      if (!isLegal) return undefined;
      return { kind: 'sqs', arn, region, account, queue, fifo, name: queue, title: `queue ${queue}`, identity: arn };
    },
  },
  filter: {
    dataKey: 'body',
    mismatch: 'no-match',
    view: ({ body, ...metadata }, parse) => ({ metadata, data: textData(body, parse) }),
  },
  // As Lambda scales: five batches at first, 300 more a minute, or 1000 in provisioned mode, ten for each poller.
  concurrency: {
    initial: 5,
    floor: 1,
    growEveryMs: 60_000 / 300,
    provisioned: { batchesPerPoller: 10, growEveryMs: 60_000 / 1_000 },
  },
  send: {
    fields: ['attributes', 'delaySeconds', 'group', 'deduplicationId'],
    sample: { body: '{"sample":true,"text":"hello from millrace"}' },
    defaultGroup: ({ fifo }) => (fifo ? 'default' : undefined),
  },
  typeOf: () => 'sqs',
  batching: ({ fifo }) => (fifo ? ordered : standard),
};
