import type { SourceDefinition, SourceTraits } from '../../contracts/source-definition.js';
import type {
  PlacedArn,
  SendField,
  SourceDescription,
  SourceRef,
  SourceType,
} from '../../contracts/source-description.js';
import type { FilterView } from '../../contracts/filter-view.js';
import { plainData } from '../../filters/record-data.js';
import { sqs } from '../sqs/description.js';

/** The queue or stream of a source that the configuration adds: `arn:millrace:<source>:<region>:<account>:<id>`. */
export interface CustomRef extends SourceRef {
  readonly kind: 'custom';
  readonly arn: string;
  readonly region: string;
  readonly account: string;
  readonly source: string;
  readonly id: string;
}

/** What its mappings take and have where the source does not say otherwise: as its kin of AWS. */
const kin = {
  queue: { type: 'sqs', batchSize: 10 },
  stream: { type: 'kinesis', batchSize: 100 },
} as const satisfies Record<SourceDefinition['kind'], { type: SourceType; batchSize: number }>;

/** What can be sent to them beside bodies. */
export const customFields: readonly SendField[] = ['key'];

const largestBatch = 10_000;

/** What filters see of records that need no decoding. */
export const plainRecords: FilterView = {
  dataKey: 'data',
  mismatch: 'no-match',
  view: ({ data, ...metadata }) => ({ metadata, data: plainData(data) }),
};

/** Descriptions are compared with what they were before: the same source always has the same one. */
const described = new WeakMap<SourceDefinition, SourceDescription<CustomRef>>();

/** The description of a source that the configuration adds: what it says of itself, and the defaults of the rest. */
export function describeCustom(definition: SourceDefinition): SourceDescription<CustomRef> {
  const known = described.get(definition) ?? descriptionOf(definition);
  described.set(definition, known);
  return known;
}

function descriptionOf({ name: source, kind: model, traits = {} }: SourceDefinition): SourceDescription<CustomRef> {
  const { type, batchSize } = kin[model];
  const { parameters = type, concurrency = sqs.concurrency } = traits;
  const batching = {
    batchSize: { default: traits.batchSize ?? batchSize, max: largestBatch },
    window: { defaultMs: traits.windowMs ?? 0 },
  };
  return {
    kind: 'custom',
    model,
    label: source,
    noun: model,
    partitionWord: traits.partitionWord ?? 'shard',
    reached: { kind: 'own' },
    naming: {
      by: 'arn',
      service: source,
      form: `arn:millrace:${source}:<region>:<account>:<id>`,
      read: (arn) => refOf(source, arn, traits),
    },
    filter: traits.filter ?? plainRecords,
    ...(model === 'queue' && concurrency !== undefined ? { concurrency } : {}),
    send: {
      fields: traits.sendFields ?? customFields,
      sample: { body: traits.sample ?? '{"sample":true,"text":"hello from millrace"}' },
    },
    typeOf: () => parameters,
    batching: () => batching,
  };
}

function refOf(source: string, { arn, region, account, resource: id }: PlacedArn, traits: SourceTraits): CustomRef {
  const title = traits.title?.({ arn, region, account, id }) ?? `${source} ${id}`;
  return { kind: 'custom', arn, region, account, source, id, name: id, title, identity: arn };
}

/** Whether a mapping reads a source that the configuration adds. */
export function isCustom(ref: SourceRef): ref is CustomRef {
  return ref.kind === 'custom';
}
