import type { SourceDescription, SourceRef } from '../../contracts/source-description.js';

/** The change stream of a DocumentDB cluster. */
interface DocumentDbRef extends SourceRef {
  readonly kind: 'documentdb';
  readonly arn: string;
  readonly cluster: string;
  readonly database: string;
  /** Undefined: all collections of the database. */
  readonly collection: string | undefined;
}

/** Amazon DocumentDB. */
export const documentdb: SourceDescription<DocumentDbRef> = {
  kind: 'documentdb',
  model: 'stream',
  label: 'Amazon DocumentDB',
  noun: 'cluster',
  partitionWord: 'change stream',
  reached: { kind: 'address' },
  recordNames: [],
  naming: {
    by: 'arn',
    service: 'rds',
    form: 'arn:aws:rds:<region>:<account>:cluster:<name>',
    read: ({ arn, region, account, resource }, { DocumentDBEventSourceConfig: config }) => {
      const [, cluster] = /^cluster:([a-zA-Z][\w-]*)$/.exec(resource) ?? [];
      if (cluster === undefined) return undefined;
      const { DatabaseName: database = '', CollectionName: collection } = config ?? {};
      const title = `change stream of cluster ${cluster}`;
      const identity = [arn, database, collection ?? []].flat().join('/');
      return {
        kind: 'documentdb',
        arn,
        region,
        account,
        cluster,
        database,
        collection,
        name: cluster,
        title,
        identity,
      };
    },
  },
  filter: undefined,
  send: { fields: [], sample: { body: '{"sample":true,"text":"hello from millrace"}' } },
  typeOf: () => 'documentdb',
  batching: () => ({ batchSize: { default: 100, max: 10_000 }, window: { defaultMs: 500 } }),
};
