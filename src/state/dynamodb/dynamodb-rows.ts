import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { messageOf, MillraceError } from '../../platform/millrace-error.js';
import { unreachable } from '../../platform/unreachable.js';
import type { Generation, LeaseRow, RowChange, RowCondition, RowKey } from './lease-table.js';
import { parsePartition, partitionText } from '../partition-text.js';

export type Item = Record<string, AttributeValue>;

// The table: partition key `mapping`, sort key `entry`. For each mapping there is one entry `generation`, and one
// `partition/<generation>/<partition>` for each partition.

export const tableKey = { partition: 'mapping', sort: 'entry' } as const;
const generationEntry = 'generation';

function generationKey(mapping: string): Item {
  return { mapping: { S: mapping }, entry: { S: generationEntry } };
}

export function rowKey({ mapping, generation, partition }: RowKey): Item {
  return { mapping: { S: mapping }, entry: { S: `${entryPrefix(generation)}${partition}` } };
}

export function generationItem(mapping: string, { id, identity }: Generation): Item {
  return { ...generationKey(mapping), id: { S: id }, identity: { S: identity } };
}

export function newRow(key: RowKey, state: LeaseRow['state']): Item {
  return { ...rowKey(key), state: { S: partitionText(state) }, beat: { N: '0' } };
}

/** The generation in force and its rows, out of all entries of a mapping. */
export function content(
  items: readonly Item[],
  table: string,
): { readonly generation: Generation | undefined; readonly rows: readonly LeaseRow[] } {
  const marker = items.find(({ entry }) => entry?.S === generationEntry);
  if (marker === undefined) return { generation: undefined, rows: [] };
  const generation = { id: marker['id']?.S ?? '', identity: marker['identity']?.S ?? '' };
  const rows = items.filter(({ entry }) => entry?.S?.startsWith(entryPrefix(generation.id)));
  return { generation, rows: rows.map((item) => rowOf(item, generation.id, table)) };
}

/** Throws a `MillraceError` when the checkpoint in it cannot be read. */
export function rowOf(item: Item, generation: string, table: string): LeaseRow {
  const { entry, state, beat, owner, token, wantedBy } = item;
  const partition = entry?.S?.slice(entryPrefix(generation).length) ?? '';
  return {
    partition,
    state: parsed(state?.S ?? '', partition, table),
    beat: Number(beat?.N),
    holder: owner?.S === undefined || token?.S === undefined ? undefined : { owner: owner.S, token: token.S },
    wantedBy: wantedBy?.S,
  };
}

/** The parts of an update. Names are given as placeholders, because most of them are reserved words. */
interface Update {
  readonly UpdateExpression: string;
  readonly ConditionExpression: string;
  readonly ExpressionAttributeNames: Record<string, string>;
  readonly ExpressionAttributeValues: Item;
}

export function updateOf({ state, holder, wantedBy }: RowChange, condition: RowCondition): Update {
  const set = new Map<string, string>();
  if (state !== undefined) set.set('state', partitionText(state));
  if (holder) set.set('owner', holder.owner).set('token', holder.token);
  if (typeof wantedBy === 'string') set.set('wantedBy', wantedBy);
  const isAsking = typeof wantedBy === 'string' && state === undefined && holder === undefined;
  const sets = [...[...set.keys()].map((name) => `#${name} = :${name}`), ...(isAsking ? [] : ['#beat = #beat + :one'])];
  const removes = [...(holder === null ? ['#owner', '#token'] : []), ...(wantedBy === null ? ['#wantedBy'] : [])];
  const { text, values } = conditionOf(condition);
  const UpdateExpression = [
    `SET ${sets.join(', ')}`,
    ...(removes.length > 0 ? [`REMOVE ${removes.join(', ')}`] : []),
  ].join(' ');
  const names = new Set(`${UpdateExpression} ${text}`.match(/#\w+/g));
  return {
    UpdateExpression,
    ConditionExpression: text,
    ExpressionAttributeNames: Object.fromEntries([...names].map((name) => [name, name.slice(1)])),
    ExpressionAttributeValues: {
      ...Object.fromEntries([...set].map(([name, value]) => [`:${name}`, { S: value }])),
      ...(isAsking ? {} : { ':one': { N: '1' } }),
      ...values,
    },
  };
}

function conditionOf(condition: RowCondition): { readonly text: string; readonly values: Item } {
  const { token } = condition;
  const held = token === undefined ? 'attribute_not_exists(#token)' : '#token = :held';
  const values: Item = token === undefined ? {} : { ':held': { S: token } };
  switch (condition.kind) {
    case 'held':
      return { text: held, values };
    case 'held-and-not-wanted':
      return { text: `${held} AND attribute_not_exists(#wantedBy)`, values };
    case 'unchanged':
      return { text: `#beat = :seen AND ${held}`, values: { ...values, ':seen': { N: String(condition.beat) } } };
    default:
      return unreachable(condition);
  }
}

function entryPrefix(generation: string): string {
  return `partition/${generation}/`;
}

function parsed(text: string, partition: string, table: string): LeaseRow['state'] {
  try {
    return parsePartition(text);
  } catch (error) {
    throw new MillraceError(
      'CONFIGURATION_INVALID',
      `the checkpoint of ${partition} in table ${table} cannot be used: ${messageOf(error)}`,
      { cause: error },
    );
  }
}
