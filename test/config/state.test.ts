import { describe, expect, it } from 'vitest';
import { parseState, type StateOrigin } from '../../src/config/state.js';
import { sentence } from '../../src/mappings/schema/problem.js';

const root = '/project';
const defaultState = '/project/.millrace';

function state(given: string | undefined, origin: Partial<StateOrigin> = {}): unknown {
  const result = parseState({ root, defaultState, ...origin }, given, 'us-east-1');
  return result.ok ? result.value : result.problems.map((problem) => sentence(problem));
}

const table = (over: object = {}) => ({
  state: defaultState,
  checkpoints: { kind: 'dynamodb', table: 'checkpoints', leaseMs: 10_000, region: 'us-east-1', ...over },
});

describe('what survives a restart', () => {
  it('is in the folder that the flag names, or the configuration, or its origin', () => {
    const folder = { kind: 'folder' };
    expect(state('var', { state: '/flag' })).toEqual({ state: '/flag', checkpoints: folder });
    expect(state('var')).toEqual({ state: '/project/var', checkpoints: folder });
    expect(state(undefined)).toEqual({ state: defaultState, checkpoints: folder });
  });

  it('is in memory when nothing names a folder', () => {
    expect(state(undefined, { defaultState: undefined })).toEqual({
      state: undefined,
      checkpoints: { kind: 'memory' },
    });
  });

  it.each([
    ['dynamodb://checkpoints', table()],
    ['dynamodb://checkpoints?lease=2', table({ leaseMs: 2_000 })],
    ['dynamodb://checkpoints?lease=2.5&region=eu-west-1', table({ leaseMs: 2_500, region: 'eu-west-1' })],
    ['dynamodb://checkpoints?region=ddblocal&lease=300', table({ leaseMs: 300_000, region: 'ddblocal' })],
    ['dynamodb://checkpoints?', table()],
    ['dynamodb://My_Table.v-2', table({ table: 'My_Table.v-2' })],
  ])('is in a table where that is named, but for what stays in the default folder: %s', (given, is) => {
    expect(state(given)).toEqual(is);
    expect(state('var', { state: given })).toEqual(is);
  });

  it('is in memory beside a table when there is no folder', () => {
    expect(state('dynamodb://checkpoints', { defaultState: undefined })).toEqual({ ...table(), state: undefined });
  });

  it('follows a flag for a folder although the configuration names a table', () => {
    expect(state('dynamodb://checkpoints', { state: '/flag' })).toEqual({
      state: '/flag',
      checkpoints: { kind: 'folder' },
    });
  });

  const form = 'dynamodb://<table>?lease=<seconds>&region=<region>';
  const tableName = `must name a table of DynamoDB (3 to 255 letters, digits, _, . and -) as in ${form}`;
  it.each([
    ['redis://checkpoints', `must be a folder, or ${form}`],
    ['DynamoDB://checkpoints', `must be a folder, or ${form}`],
    ['dynamodb://', tableName],
    ['dynamodb://ab', tableName],
    [`dynamodb://${'t'.repeat(256)}`, tableName],
    ['dynamodb://my table', tableName],
    ['dynamodb://us-east-1/checkpoints', tableName],
    ['dynamodb://checkpoints#x', tableName],
    ['dynamodb://checkpoints?lease=1.9', 'must have a lease of 2 to 300 seconds'],
    ['dynamodb://checkpoints?lease=301', 'must have a lease of 2 to 300 seconds'],
    ['dynamodb://checkpoints?lease=', 'must have a lease of 2 to 300 seconds'],
    ['dynamodb://checkpoints?lease=10s', 'must have a lease of 2 to 300 seconds'],
    ['dynamodb://checkpoints?region=EU', 'must have a region such as us-east-1'],
    ['dynamodb://checkpoints?region=', 'must have a region such as us-east-1'],
    ['dynamodb://checkpoints?Lease=5', 'has the option Lease, which is not known; known are lease and region'],
    ['dynamodb://checkpoints?lease=5&lease=6', 'has the option lease twice; remove one of them'],
  ])('is refused where it cannot be: %s', (given, says) => {
    expect(state(given)).toEqual([expect.stringContaining(`state ${says}, got "`)]);
    expect(state('var', { state: given })).toEqual([expect.stringContaining(`--state ${says}, got "`)]);
  });
});
