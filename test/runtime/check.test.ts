import { describe, expect, it } from 'vitest';
import { checkUse, queueFindings, streamFindings } from '../../src/runtime/check.js';
import type { Configuration } from '../../src/config/configuration.js';
import type { ConfigurationInput } from '../../src/config/input.js';
import { parseConfiguration } from '../support/parse-configuration.js';
import type { QueueFacts } from '../../src/contracts/queue-source.js';
import type { MappingInput } from '../../src/mappings/schema/request.js';

const base: ConfigurationInput = {
  functions: { orders: { handler: () => undefined, Timeout: 10 } },
  mappings: [{ FunctionName: 'orders', EventSourceArn: 'arn:aws:sqs:us-east-1:000000000000:orders' }],
};
const configured = (input: ConfigurationInput = {}): Configuration =>
  parseConfiguration({ ...base, ...input }, { root: '/app' });
const good: QueueFacts = { visibilityTimeoutMs: 60_000, redrive: { maxReceiveCount: 5, deadLetterQueue: 'dead' } };

function findings(facts: QueueFacts, input: ConfigurationInput = {}): readonly string[] {
  const configuration = configured(input);
  return configuration.mappings.flatMap((mapping) =>
    mapping.kind === 'queue'
      ? queueFindings(mapping, configuration, facts).map(({ level, message }) => `${level}: ${message}`)
      : [],
  );
}

function streamAdvice(options: Partial<MappingInput>): readonly string[] {
  const clicks = {
    FunctionName: 'orders',
    EventSourceArn: 'arn:aws:kinesis:us-east-1:000000000000:stream/clicks',
    StartingPosition: 'LATEST',
    ...options,
  } as const;
  return configured({ mappings: [clicks] }).mappings.flatMap((mapping) =>
    mapping.kind === 'stream'
      ? streamFindings(mapping, 'created at noon', 2).map(({ level, message }) => `${level}: ${message}`)
      : [],
  );
}

const messages = (input: ConfigurationInput): readonly string[] =>
  checkUse(configured(input)).map(({ subject, message }) => `${subject}: ${message}`);

describe('checking a queue', () => {
  it('finds nothing wrong with 6 x the timeout and a dead-letter queue after 5 receives', () => {
    expect(findings(good)).toEqual(['ok: queue orders is there']);
  });

  it("refuses a visibility timeout below the function's timeout, in AWS's words", () => {
    expect(findings({ ...good, visibilityTimeoutMs: 5_000 })).toEqual([
      'error: Queue visibility timeout: 5 seconds is less than Function timeout: 10 seconds',
    ]);
  });

  it.each([
    { title: 'less than 6 x the timeout', facts: { ...good, visibilityTimeoutMs: 59_000 }, says: 'is less than 6 x' },
    { title: 'no dead-letter queue', facts: { visibilityTimeoutMs: 60_000 }, says: 'has no dead-letter queue' },
    {
      title: 'a low maxReceiveCount',
      facts: { ...good, redrive: { maxReceiveCount: 4, deadLetterQueue: 'dead' } },
      says: 'maxReceiveCount of 4',
    },
  ])('warns of $title', ({ facts, says }) => {
    expect(findings(facts).filter((text) => text.startsWith('warning') && text.includes(says))).toHaveLength(1);
  });

  it('adds the batching window to the advised visibility timeout', () => {
    const mappings = base.mappings?.map((mapping) => ({ ...mapping, MaximumBatchingWindowInSeconds: 30 }));
    expect(findings(good, { mappings: mappings ?? [] })[1]).toContain('+ the batching window (90 s)');
  });
});

describe('checking what fits together', () => {
  it('finds nothing wrong with a mapping and its function', () => {
    expect(messages({})).toEqual([]);
  });

  it('warns of a function that nothing calls', () => {
    const functions = { ...base.functions, idle: { handler: () => undefined } };
    expect(messages({ functions })).toEqual(['function idle: no mapping calls it']);
  });

  it('warns of reserved concurrency below what the mappings may use', () => {
    const functions = { orders: { handler: () => undefined, ReservedConcurrentExecutions: 2 } };
    expect(messages({ functions })[0]).toContain(
      'may run 20 batches at once, more than its ReservedConcurrentExecutions of 2',
    );
  });
});

describe('checking a stream', () => {
  const there = 'ok: stream clicks is there, created at noon, with 2 open shards';
  const failures = { OnFailure: { Destination: 'arn:aws:sqs:us-east-1:000000000000:failures' } };
  const well = { MaximumRetryAttempts: 2, BisectBatchOnFunctionError: true, DestinationConfig: failures } as const;

  it('finds nothing wrong with limited retries, bisecting and a destination', () => {
    expect(streamAdvice(well)).toEqual([there]);
  });

  it.each<{ title: string; options: Partial<MappingInput>; says: string }>([
    { title: 'no limit of retries or age', options: {}, says: 'holds up its shard for good' },
    {
      title: 'a destination that will be told of nothing',
      options: { DestinationConfig: failures },
      says: 'is told of nothing while retries and age have no limit',
    },
    {
      title: 'retries without a destination',
      options: { ...well, DestinationConfig: undefined },
      says: 'what is given up after the retries is lost',
    },
    {
      title: 'a whole batch given up for one record',
      options: { ...well, BisectBatchOnFunctionError: false },
      says: 'one bad record makes its whole batch fail',
    },
    {
      title: 'a batching window as long as the tumbling window',
      options: { ...well, TumblingWindowInSeconds: 60, MaximumBatchingWindowInSeconds: 60 },
      says: 'not shorter than the tumbling window',
    },
  ])('warns of $title', ({ options, says }) => {
    const [first, ...warnings] = streamAdvice(options);
    expect(first).toBe(there);
    expect(warnings.filter((warning) => warning.startsWith('warning: ') && warning.includes(says))).toHaveLength(1);
  });
});
