import { describe, expect, it } from 'vitest';
import type { SourceDefinition, SourceTraits } from '../../src/contracts/source-definition.js';
import { describeCustom } from '../../src/sources/custom/description.js';
import { knownSources } from '../../src/sources/registry.js';
import { parseMapping } from '../../src/mappings/parse-mapping.js';
import { sentence } from '../../src/mappings/schema/problem.js';
import { request, world } from '../mappings/mapping-world.js';

const arn = 'arn:millrace:toy:us-east-1:111111111111:x';
const open = (): never => {
  throw new Error('nothing is opened here');
};
const defined = (kind: SourceDefinition['kind'], traits?: SourceTraits): SourceDefinition => {
  const more = traits === undefined ? {} : { traits };
  return kind === 'queue' ? { name: 'toy', kind, open, ...more } : { name: 'toy', kind, open, ...more };
};

describe('what is known of a source that says nothing of itself', () => {
  it.each([
    { kind: 'queue', like: 'sqs', batchSize: 10, batchesAtFirst: 5 },
    { kind: 'stream', like: 'kinesis', batchSize: 100, batchesAtFirst: undefined },
  ] as const)('is what is known of $like: a $kind', ({ kind, like, batchSize, batchesAtFirst }) => {
    const description = describeCustom(defined(kind));
    const sources = knownSources(new Map([['toy', defined(kind)]]));
    const found = parseMapping(request({ EventSourceArn: arn }), { ...world, sources });
    expect(description).toMatchObject({ model: kind, label: 'toy', partitionWord: 'shard', send: { fields: ['key'] } });
    expect(description.typeOf({})).toBe(like);
    expect(description.concurrency?.initial).toBe(batchesAtFirst);
    expect(found).toMatchObject({
      value: { mapping: { batchSize, windowMs: 0, source: { name: 'x', title: 'toy x', identity: arn } } },
    });
  });
});

/** A mapping of a stream of such a source. */
const parsed = (traits: SourceTraits | undefined, over: object) => {
  const sources = knownSources(new Map([['toy', defined('stream', traits)]]));
  const given = { EventSourceArn: arn, ...over };
  return parseMapping(request(given), { ...world, sources });
};

describe('a source that says whose parameters its mappings have', () => {
  it('has their rules', () => {
    const fromTime = { StartingPosition: 'AT_TIMESTAMP', StartingPositionTimestamp: 5 };
    expect(parsed(undefined, fromTime).ok).toBe(true);
    const refused = parsed({ parameters: 'dynamodb' }, fromTime);
    expect(refused.ok ? [] : refused.problems.map((problem) => sentence(problem))[0]).toContain(
      'StartingPosition must be TRIM_HORIZON or LATEST: DynamoDB Streams cannot be read from a time',
    );
  });

  it('is reported as one of that type', () => {
    const made = parsed({ parameters: 'dynamodb' }, {});
    expect(made.ok && made.value.mapping.sourceType).toBe('dynamodb');
  });
});

describe('the description of a source that the configuration adds', () => {
  it('stays the same object, so that mappings of it can be compared', () => {
    const one = defined('queue');
    expect(describeCustom(one)).toBe(describeCustom(one));
    expect(describeCustom(defined('queue'))).not.toBe(describeCustom(one));
  });
});
