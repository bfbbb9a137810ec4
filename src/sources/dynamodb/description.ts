import type { SourceDescription, SourceRef } from '../../contracts/source-description.js';
import { jsonData } from '../../filters/record-data.js';

/** The stream of a DynamoDB table. */
export interface DynamoDbRef extends SourceRef {
  readonly kind: 'dynamodb';
  readonly arn: string;
  readonly region: string;
  readonly account: string;
  readonly table: string;
  /** Undefined: the table's latest stream. */
  readonly label: string | undefined;
}

/** DynamoDB Local writes this into its ARNs wherever it runs. */
const noRegion = 'ddblocal';

/** Amazon DynamoDB Streams. */
export const dynamodb: SourceDescription<DynamoDbRef> = {
  kind: 'dynamodb',
  model: 'stream',
  label: 'DynamoDB Streams',
  noun: 'stream',
  partitionWord: 'shard',
  reached: { kind: 'service', service: 'dynamodb' },
  naming: {
    by: 'arn',
    service: 'dynamodb',
    form: 'arn:aws:dynamodb:<region>:<account>:table/<table>/stream/<label> (or …/<table> alone: its latest stream)',
    read: ({ arn, region, account, resource }) => {
      const [, table, label] = /^table\/([\w.-]{3,255})(?:\/stream\/([\w:.-]+))?$/.exec(resource) ?? [];
      if (table === undefined) return undefined;
      const title = `stream of table ${table}`;
      return { kind: 'dynamodb', arn, region, account, table, label, name: table, title, identity: arn };
    },
  },
  filter: {
    dataKey: 'dynamodb',
    mismatch: 'no-match',
    objectLike: '{"NewImage":{…}}',
    view: ({ dynamodb: change, ...metadata }) => ({ metadata, data: jsonData(change) }),
  },
  send: {
    fields: [],
    // Nobody knows the key of the table here.
    sample: { missing: 'give at least one item with the key of the table, for example \'{"id": "1"}\'' },
  },
  typeOf: () => 'dynamodb',
  batching: () => ({ batchSize: { default: 100, max: 10_000 }, window: { defaultMs: 0 } }),
  placed: (ref, region) => (ref.region === noRegion ? { ...ref, region } : ref),
  // Lambda takes streams; that a file may name the table is a convenience.
  refusedOverApi: ({ label }) =>
    label === undefined ? 'must be the ARN of a stream, not of a table: …/stream/<label>' : undefined,
};
