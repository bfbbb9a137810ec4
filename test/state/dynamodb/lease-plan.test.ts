import { describe, expect, it } from 'vitest';
import { planLeases } from '../../../src/state/dynamodb/lease-plan.js';
import type { LeaseRow } from '../../../src/state/dynamodb/lease-table.js';

/**
 * `a`: held by a; `a>b`: held by a, wanted by b; `>b`: handed over to b; `-`: free; with `!` nothing has happened to it for
 * the lease time.
 */
function rowsOf(text: string): readonly (LeaseRow & { readonly stale: boolean })[] {
  return text.split(' ').map((word, index) => {
    const [owner = '', wantedBy] = word.replace('!', '').split('>');
    return {
      partition: `p${index}`,
      state: { kind: 'open', from: { kind: 'horizon' } },
      beat: 1,
      holder: owner === '' || owner === '-' ? undefined : { owner, token: `t${index}` },
      wantedBy,
      stale: word.endsWith('!'),
    };
  });
}

const cases: readonly {
  readonly because: string;
  readonly rows: string;
  readonly take?: readonly string[];
  readonly want?: string;
}[] = [
  { because: 'alone, everything that is free', rows: '- - -', take: ['p0', 'p1', 'p2'] },
  { because: 'what a dead process held', rows: 'b! b! -', take: ['p0', 'p1', 'p2'] },
  { because: 'of what is free no more than its share', rows: 'b b - - - -', take: ['p2', 'p3', 'p4'] },
  { because: 'nothing that another holds, when shares are even', rows: 'b me' },
  { because: 'nothing for one more only, or two would change places for ever', rows: 'b b me' },
  { because: 'one of the process that has the most', rows: 'c b b b me', want: 'p1' },
  { because: 'one of another, having none', rows: 'b b', want: 'p0' },
  { because: 'none of two that have one each', rows: 'b c' },
  { because: 'with more processes than partitions, one if somebody has two', rows: 'b b c', want: 'p0' },
  { because: 'no second one before the first was handed over', rows: 'b>me b b' },
  { because: 'a second one, when two more are missing', rows: 'b>me b b b b b', want: 'p1' },
  { because: 'none that another has asked for', rows: 'b>c b>c b b', want: 'p2' },
  { because: 'what was handed over to it, though it has its share', rows: '>me me b', take: ['p0'] },
  { because: 'not what was handed over to another', rows: '>b me' },
  { because: 'what was handed over to a process that died', rows: '>b! me', take: ['p0'] },
  { because: 'free ones before it asks for any', rows: 'b b b b -', take: ['p4'] },
  { because: 'nothing of nothing', rows: '-!', take: ['p0'] },
];

describe('a process takes and asks for', () => {
  it.each(cases)('$because: $rows', ({ rows: text, take = [], want }) => {
    const rows = rowsOf(text);
    const plan = planLeases(rows, 'me', (row) => rows.some((each) => each.partition === row.partition && each.stale));
    expect({ take: plan.take.map(({ partition }) => partition), want: plan.want?.partition }).toEqual({ take, want });
  });
});
