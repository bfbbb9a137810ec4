import { describe, expect, it } from 'vitest';
import { noticesOf } from '../../src/mappings/notices.js';
import { leastOf, parsedOf, secret } from './mapping-world.js';

const notices = (over: object, at: readonly (string | number)[] = []) =>
  noticesOf({ FunctionName: 'worker', ...over }, at, 'shard');
const filters = (count: number) => ({
  FilterCriteria: { Filters: Array.from({ length: count }, () => ({ Pattern: '{"a":[1]}' })) },
});
const vpc = [
  { Type: 'BASIC_AUTH', URI: secret },
  { Type: 'VPC_SUBNET', URI: 'subnet:subnet-1' },
  { Type: 'VPC_SUBNET', URI: 'subnet:subnet-2' },
  { Type: 'VPC_SECURITY_GROUP', URI: 'security_group:sg-1' },
];

describe('what can mean nothing locally is told of', () => {
  const rows = [
    {
      given: { KMSKeyArn: 'arn:aws:kms:us-east-1:111111111111:key/k' },
      says: ['KMSKeyArn has no effect: filter patterns are not encrypted locally'],
    },
    { given: { KMSKeyArn: '' }, says: [] },
    {
      given: { ProvisionedPollerConfig: { MinimumPollers: 1, PollerGroupName: 'shop' } },
      says: ['ProvisionedPollerConfig.PollerGroupName has no effect: pollers are not shared between mappings locally'],
    },
    { given: { ProvisionedPollerConfig: { MinimumPollers: 1, PollerGroupName: '' } }, says: [] },
    { given: { ProvisionedPollerConfig: { MinimumPollers: 1 } }, says: [] },
    {
      given: { SourceAccessConfigurations: vpc },
      says: [1, 2, 3].map(
        (index) => `SourceAccessConfigurations[${index}] has no effect: sources are reached directly, without a VPC`,
      ),
    },
    {
      given: { TumblingWindowInSeconds: 1, ParallelizationFactor: 2 },
      says: [
        'ParallelizationFactor has no effect with TumblingWindowInSeconds: a shard has one state, so its batches go one after the other',
      ],
    },
    { given: { TumblingWindowInSeconds: 0, ParallelizationFactor: 2 }, says: [] },
    { given: { TumblingWindowInSeconds: 1, ParallelizationFactor: 1 }, says: [] },
    { given: { ParallelizationFactor: 2 }, says: [] },
  ];
  it.each(rows)('$given', ({ given, says }) => {
    expect(notices(given)).toEqual(says);
  });
});

describe('more than a fresh account of AWS allows is told of', () => {
  it.each([0, 5])('unlike %s filters', (count) => {
    expect(notices(filters(count))).toEqual([]);
  });

  it.each([6, 10])('%s filters', (count) => {
    expect(notices(filters(count))).toEqual([
      `FilterCriteria.Filters has ${count} filters: AWS allows more than 5 only after an increase of the quota`,
    ]);
  });
});

describe('a notice', () => {
  it('names the place in the file', () => {
    const Type = 'VPC_SUBNET' as const;
    expect(notices({ KMSKeyArn: 'k', SourceAccessConfigurations: [{ Type }] }, ['mappings', 3])).toEqual([
      'mappings[3].KMSKeyArn has no effect: filter patterns are not encrypted locally',
      'mappings[3].SourceAccessConfigurations[0] has no effect: sources are reached directly, without a VPC',
    ]);
  });

  it('comes with a mapping that is made, whoever made it', () => {
    const { SourceAccessConfigurations: _, ...kafka } = leastOf['self-managed-kafka'];
    expect(parsedOf('self-managed-kafka', { ...kafka, SourceAccessConfigurations: vpc })).toMatchObject({
      ok: true,
      value: { notices: [{}, {}, {}].map(() => expect.stringContaining('without a VPC') as string) },
    });
  });
});
