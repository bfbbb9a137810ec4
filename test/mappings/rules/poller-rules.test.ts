import { describe, expect, it } from 'vitest';
import { pollersOf } from '../../../src/mappings/rules/poller-rules.js';
import { sentencesOf } from '../mapping-world.js';

const asked = (MinimumPollers?: number, MaximumPollers?: number) => ({
  ProvisionedPollerConfig: { MinimumPollers, MaximumPollers },
});
const of = (kind: 'sqs' | 'kafka', ...numbers: Parameters<typeof asked>) =>
  pollersOf({ FunctionName: 'f', ...asked(...numbers) }, kind === 'sqs' ? kind : 'msk');

/** Sources with provisioned mode, the fewest pollers and the most. */
const sources = [
  { type: 'sqs', label: 'SQS', least: 2, most: 10_000 },
  { type: 'msk', label: 'Kafka', least: 1, most: 2_000 },
  { type: 'self-managed-kafka', label: 'Kafka', least: 1, most: 2_000 },
] as const;

describe.each(sources)('provisioned pollers of $type', ({ type, label, least, most }) => {
  const says = (...numbers: Parameters<typeof asked>) => sentencesOf(type, asked(...numbers));
  const outside = (name: string, to: number, got: number) =>
    `ProvisionedPollerConfig.${name} must be a whole number from ${least} to ${to} for ${label}, got ${got}`;

  it.each([
    [undefined, undefined],
    [least, undefined],
    [200, undefined],
    [undefined, least],
    [undefined, most],
    [least, least],
    [200, 200],
    [200, most],
  ])('may be %s to %s', (min, max) => {
    expect(says(min, max)).toEqual([]);
  });

  it('are at most so many', () => {
    expect(says(undefined, most + 1)).toEqual([
      most === 10_000
        ? 'ProvisionedPollerConfig.MaximumPollers must be a whole number from 1 to 10000, got 10001'
        : outside('MaximumPollers', most, most + 1),
    ]);
  });

  it.each([
    [200, 199],
    [3, 2],
  ])('are in order, unlike %s to %s', (min, max) => {
    expect(says(min, max)).toEqual([
      `ProvisionedPollerConfig.MinimumPollers must not be over MaximumPollers, which is ${max}, got ${min}`,
    ]);
  });

  it('are at least so many, which the default for the other number is, too', () => {
    expect(says(1, 1)).toEqual(
      least === 1 ? [] : [outside('MinimumPollers', 200, 1), outside('MaximumPollers', most, 1)],
    );
  });
});

describe('the numbers of pollers in effect', () => {
  it.each([
    ['sqs', undefined, undefined, { from: 2, to: 200 }],
    ['kafka', undefined, undefined, { from: 1, to: 200 }],
    ['sqs', 5, undefined, { from: 5, to: 200 }],
    ['kafka', undefined, 3, { from: 1, to: 3 }],
    ['kafka', 2, 2_000, { from: 2, to: 2_000 }],
  ] as const)('of %s with %s to %s are %j', (kind, min, max, is) => {
    expect(of(kind, min, max)).toEqual(is);
  });
});

const group = (PollerGroupName: string) => ({ ProvisionedPollerConfig: { MinimumPollers: 2, PollerGroupName } });

describe('a group of pollers', () => {
  it.each(['msk', 'self-managed-kafka'] as const)('is for Kafka: %s', (type) => {
    expect(sentencesOf(type, group('shop'))).toEqual([]);
    expect(sentencesOf(type, group(''))).toEqual([]);
  });

  it('is not for SQS', () => {
    expect(sentencesOf('sqs', group('shop'))).toEqual([
      'ProvisionedPollerConfig.PollerGroupName is not a parameter of SQS mappings; remove it',
    ]);
  });
});

const both = (ScalingConfig: object, ProvisionedPollerConfig: object) =>
  sentencesOf('sqs', { ScalingConfig, ProvisionedPollerConfig });

describe('a queue is scaled in one way', () => {
  const limit = { MaximumConcurrency: 2 };

  it.each([{ MinimumPollers: 2 }, { MaximumPollers: 2 }])('never in both: %j', (pollers) => {
    expect(both(limit, pollers)).toEqual([
      'ScalingConfig.MaximumConcurrency cannot be used together with ProvisionedPollerConfig; remove one of them',
    ]);
  });

  it('and what is empty is no way', () => {
    expect(both(limit, {})).toEqual([]);
    expect(both({}, { MinimumPollers: 2 })).toEqual([]);
  });
});
