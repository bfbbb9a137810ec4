import { afterEach, describe, expect, it } from 'vitest';
import type { LeaseRow, LeaseTable, RowChange, RowCondition, RowKey } from '../../../src/state/dynamodb/lease-table.js';
import { after, ended, horizon } from '../partition-states.js';

const key: RowKey = { mapping: 'm', generation: 'g1', partition: 'shard/1' };
const holder = { owner: 'me', token: 't1' };
const another = { owner: 'other', token: 't2' };

const free: RowCondition = { kind: 'unchanged', beat: 0, token: undefined };
const held: RowCondition = { kind: 'held', token: 't1' };

/** Which conditions hold for a row that `me` has taken (beat 1), and perhaps `wanted`. */
const conditions: readonly { readonly condition: RowCondition; readonly wanted?: boolean; readonly holds: boolean }[] =
  [
    { condition: { kind: 'unchanged', beat: 1, token: 't1' }, holds: true },
    { condition: { kind: 'unchanged', beat: 1, token: 't1' }, wanted: true, holds: true },
    { condition: { kind: 'unchanged', beat: 0, token: 't1' }, holds: false },
    { condition: { kind: 'unchanged', beat: 2, token: 't1' }, holds: false },
    { condition: { kind: 'unchanged', beat: 1, token: 't2' }, holds: false },
    { condition: { kind: 'unchanged', beat: 1, token: undefined }, holds: false },
    { condition: { kind: 'held', token: 't1' }, holds: true },
    { condition: { kind: 'held', token: 't1' }, wanted: true, holds: true },
    { condition: { kind: 'held', token: 't2' }, holds: false },
    { condition: { kind: 'held-and-not-wanted', token: 't1' }, holds: true },
    { condition: { kind: 'held-and-not-wanted', token: 't1' }, wanted: true, holds: false },
    { condition: { kind: 'held-and-not-wanted', token: 't2' }, holds: false },
  ];

/** What a change makes of a row that `me` holds (beat 1) and `other` wants. */
const changes: readonly { readonly what: string; readonly change: RowChange; readonly row: object }[] = [
  { what: 'a renewal', change: {}, row: { beat: 2 } },
  { what: 'a checkpoint', change: { state: after('7') }, row: { beat: 2, state: after('7') } },
  {
    what: 'the end',
    change: { state: ended, holder: null, wantedBy: null },
    row: { beat: 2, state: ended, holder: undefined, wantedBy: undefined },
  },
  { what: 'a release', change: { holder: null }, row: { beat: 2, holder: undefined } },
  {
    what: 'a takeover',
    change: { holder: another, wantedBy: null },
    row: { beat: 2, holder: another, wantedBy: undefined },
  },
  { what: 'a request', change: { wantedBy: 'third' }, row: { beat: 1, wantedBy: 'third' } },
];

const rows = async (table: LeaseTable): Promise<readonly LeaseRow[]> => (await table.load('m')).rows;

/** The table of DynamoDB, and the fake that tests of leases use, do the same. */
export function leaseTableContract(name: string, create: () => Promise<LeaseTable>): void {
  describe(`${name} keeps the contract of a lease table`, () => {
    const tables: LeaseTable[] = [];
    afterEach(async () => {
      for (const table of tables.splice(0)) await table.close();
    });
    const opened = async (): Promise<LeaseTable> => {
      const table = await create();
      tables.push(table);
      await table.enforce('m', { id: 'g1', identity: 'stream-1' });
      await table.add(key, horizon);
      return table;
    };

    it('has a new row without a holder', async () => {
      const table = await opened();
      const row = { partition: 'shard/1', state: horizon, beat: 0, holder: undefined, wantedBy: undefined };
      expect(await table.load('m')).toMatchObject({ generation: { id: 'g1', identity: 'stream-1' }, rows: [row] });
      expect(await table.load('n')).toEqual({ generation: undefined, rows: [] });
    });

    it('adds no row that is there, and removes what need not be there', async () => {
      const table = await opened();
      await table.add(key, after('9'));
      expect(await rows(table)).toMatchObject([{ state: horizon }]);
      await table.remove(key);
      await table.remove(key);
      expect(await rows(table)).toEqual([]);
    });

    it('shows the rows of the generation in force alone', async () => {
      const table = await opened();
      await table.add({ ...key, generation: 'g2' }, after('2'));
      await table.add({ ...key, generation: 'g' }, after('3'));
      expect(await rows(table)).toMatchObject([{ state: horizon }]);
      await table.enforce('m', { id: 'g2', identity: 'stream-2' });
      expect(await table.load('m')).toMatchObject({
        generation: { id: 'g2', identity: 'stream-2' },
        rows: [{ partition: 'shard/1', state: after('2') }],
      });
    });

    it.each([
      { after: 'g1', puts: true },
      { after: 'g0', puts: false },
      { after: undefined, puts: false },
    ])('puts a generation in force after $after: $puts', async ({ after: before, puts }) => {
      const table = await opened();
      expect(await table.enforce('m', { id: 'g2', identity: 's' }, { after: before })).toBe(puts);
      expect((await table.load('m')).generation?.id).toBe(puts ? 'g2' : 'g1');
    });

    it('puts the first generation in force once', async () => {
      const table = await opened();
      const first = await Promise.all(
        ['a', 'b'].map((id) => table.enforce('n', { id, identity: 's' }, { after: undefined })),
      );
      expect(first.filter(Boolean)).toEqual([true]);
    });

    it.each(conditions)('changes a held row if $condition (wanted: $wanted): $holds', async (given) => {
      const table = await opened();
      await table.change(key, { holder }, free);
      if (given.wanted) await table.change(key, { wantedBy: 'other' }, held);
      const row = await table.change(key, { state: after('5') }, given.condition);
      expect(row?.state).toEqual(given.holds ? after('5') : undefined);
      expect(await rows(table)).toMatchObject([
        { state: given.holds ? after('5') : horizon, beat: given.holds ? 2 : 1 },
      ]);
    });

    it.each(changes)('resolves with the row after $what, and stores it', async ({ change, row }) => {
      const table = await opened();
      await table.change(key, { holder }, free);
      await table.change(key, { wantedBy: 'other' }, held);
      const before = { partition: 'shard/1', state: horizon, holder, wantedBy: 'other' };
      expect(await table.change(key, change, held)).toMatchObject({ ...before, ...row });
      expect(await rows(table)).toMatchObject([{ ...before, ...row }]);
    });

    it('makes no row of a change to one that is not there', async () => {
      const table = await opened();
      const missing = { ...key, partition: 'gone' };
      expect(await table.change(missing, {}, held)).toBeUndefined();
      expect(await table.change(missing, { holder }, free)).toBeUndefined();
      expect(await rows(table)).toHaveLength(1);
    });
  });
}
