import { describe, expect, it } from 'vitest';
import type { PartitionState } from '../../../src/contracts/checkpoint-store.js';
import { firstStates, planPartitions, startsAtTip } from '../../../src/delivery/stream/partition-plan.js';
import type { Partition } from '../../../src/contracts/stream-source.js';

const open: PartitionState = { kind: 'open', from: { kind: 'horizon' } };
const ended: PartitionState = { kind: 'ended' };
const partition = (id: string, parents: readonly string[] = [], closed = false): Partition => ({ id, parents, closed });

describe('the partitions of a stream that is followed', () => {
  it('are added when they are new, and read from their beginning', () => {
    const plan = planPartitions([partition('a'), partition('b')], new Map([['a', open]]));
    expect([...plan.add]).toEqual([['b', open]]);
  });

  it('are ready when all their parents are finished', () => {
    const partitions = [partition('a', [], true), partition('b', [], true), partition('c', ['a', 'b'])];
    const known = (a: PartitionState, b: PartitionState) =>
      new Map([
        ['a', a],
        ['b', b],
        ['c', open],
      ]);
    expect(planPartitions(partitions, known(open, open)).ready).toEqual(['a', 'b']);
    expect(planPartitions(partitions, known(ended, open)).ready).toEqual(['b']);
    expect(planPartitions(partitions, known(ended, ended)).ready).toEqual(['c']);
  });

  it('do not wait for parents that the stream does not list any more', () => {
    expect(planPartitions([partition('c', ['a'])], new Map([['c', open]])).ready).toEqual(['c']);
  });

  it('do not start before a parent that is listed and not known yet', () => {
    expect(planPartitions([partition('c', ['a']), partition('a', [], true)], new Map([['c', open]])).ready).toEqual([
      'a',
    ]);
  });

  it('are forgotten when they are finished and not listed, and reported when they are not finished', () => {
    const plan = planPartitions(
      [],
      new Map<string, PartitionState>([
        ['done', ended],
        ['lost', open],
      ]),
    );
    expect(plan.remove).toEqual(['done']);
    expect(plan.gone).toEqual(['lost']);
  });
});

describe('the partitions that there are at the first start', () => {
  const partitions = [partition('closed', [], true), partition('current', ['closed'])];

  it('are read from their oldest record with TRIM_HORIZON', () => {
    expect([...firstStates(partitions, { kind: 'TRIM_HORIZON' }, new Map()).values()]).toEqual([open, open]);
  });

  it('are read from the moment with AT_TIMESTAMP, closed ones included', () => {
    const from = { kind: 'timestamp', at: 7 } as const;
    const states = firstStates(partitions, { kind: 'AT_TIMESTAMP', at: 7 }, new Map());
    expect([...states.values()]).toEqual([
      { kind: 'open', from },
      { kind: 'open', from },
    ]);
  });

  it('are read from their tip with LATEST, and closed ones not at all', () => {
    expect(partitions.filter((each) => startsAtTip(each, { kind: 'LATEST' })).map(({ id }) => id)).toEqual(['current']);
    const states = firstStates(partitions, { kind: 'LATEST' }, new Map([['current', '42']]));
    expect([...states]).toEqual([
      ['closed', ended],
      ['current', { kind: 'open', from: { kind: 'after', position: '42' } }],
    ]);
  });
});
