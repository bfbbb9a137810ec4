import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { recordsOf } from '../../src/journal/stored-entry.js';
import { firstShard, kinesisEvents, textOf, type KinesisEvent } from '../support/kinesis-events.js';
import { arrivedAt } from '../support/kinesis-gateway.js';
import type { TestKinesis } from '../support/kinesis-servers.js';
import type { MillraceCommand } from '../support/millrace-command.js';
import { patient, streamArn, workbench, Workbench } from '../support/workbench.js';

const lengthMs = 10_000;
/** The start of a window an hour ago. */
const baseMs = Math.floor((Date.now() - 3_600_000) / lengthMs) * lengthMs;
const windowAt = (nr: number) => ({ start: iso(baseMs + nr * lengthMs), end: iso(baseMs + (nr + 1) * lengthMs) });

function iso(ms: number): string {
  return new Date(ms).toISOString().replace('.000Z', 'Z');
}

/** Numbers below ten are in the first window, those below twenty in the second, and so on. */
const byNumber = arrivedAt((data) => baseMs + Math.floor((Number(data) % 1_000 || 0) / 10) * lengthMs + 1);

interface Call {
  readonly records: readonly string[];
  readonly state: unknown;
  readonly final: boolean | undefined;
  readonly early: boolean | undefined;
}

const callOf = ({ Records, state, isFinalInvokeForWindow, isWindowTerminatedEarly }: KinesisEvent): Call => ({
  records: Records.map(textOf),
  state,
  final: isFinalInvokeForWindow,
  early: isWindowTerminatedEarly,
});

const middle = (records: readonly string[], state: object): Call => ({ records, state, final: false, early: false });
const final = (state: object): Call => ({ records: [], state, final: true, early: false });

const mapping = (stream: string, more: object = {}) => ({
  FunctionName: 'sums',
  EventSourceArn: streamArn(stream),
  StartingPosition: 'TRIM_HORIZON' as const,
  TumblingWindowInSeconds: lengthMs / 1_000,
  ...more,
});

describe('a tumbling window of a Kinesis mapping', patient, () => {
  const bench = new Workbench();
  let kinesis: TestKinesis;
  let command: MillraceCommand;
  let exitCode: number | null;

  beforeAll(async () => {
    kinesis = await bench.kinesis();
    const gateway = await bench.gateway(kinesis.url);
    gateway.always('GetRecords', byNumber);
    const streams = {
      summed: ['1', '2', '3', '11', '21', '22'],
      stateless: ['5', 'no state', '7'],
      full: ['1', '1000', '2', '3'],
      parted: ['11', '12', '13', '14'],
    };
    for (const [stream, numbers] of Object.entries(streams)) {
      await kinesis.createStream(stream);
      await kinesis.put(stream, numbers);
    }
    await kinesis.createStream('shards', 2);
    await kinesis.put('shards', [
      { body: '1', hashKey: '0' },
      { body: '2', hashKey: String(2n ** 128n - 1n) },
    ]);
    await kinesis.createStream('split');
    await kinesis.put('split', ['1', '2']);
    await kinesis.split('split', firstShard);
    await kinesis.put('split', [{ body: '3', hashKey: '0' }]);

    const project = await bench.project({
      functions: {
        sums: { Handler: 'handlers/kinesis.sums' },
        parts: { Handler: 'handlers/kinesis.sumsInPart' },
      },
      mappings: [
        mapping('summed', { BatchSize: 2, ParallelizationFactor: 4 }),
        mapping('stateless', { BatchSize: 1, MaximumRetryAttempts: 1 }),
        mapping('full', { BatchSize: 1 }),
        mapping('parted', {
          FunctionName: 'parts',
          FunctionResponseTypes: ['ReportBatchItemFailures'],
          MaximumRetryAttempts: 1,
        }),
        mapping('shards'),
        mapping('split'),
      ],
      tumblingWindowIdleSeconds: 1,
      endpoints: { kinesis: gateway.url },
    });
    command = project.run('--until-idle=0.5');
    exitCode = await command.exitCode();
  }, patient.timeout);
  afterAll(() => bench.close());

  const callsOf = (stream: string): readonly Call[] => kinesisEvents(command, stream).map(callOf);

  it('hands the state on from call to call, and closes with a call without records before the next one begins', () => {
    expect(callsOf('summed')).toEqual([
      middle(['1', '2'], {}),
      middle(['3'], { sum: 3 }),
      final({ sum: 6 }),
      middle(['11'], {}),
      final({ sum: 11 }),
      middle(['21', '22'], {}),
      final({ sum: 43 }),
    ]);
  });

  it('shows in events that have its fields beside the records', () => {
    const [first, second, last, next] = kinesisEvents(command, 'summed');
    const { Records = [], ...fields } = first ?? {};

    expect(Records.map(textOf)).toEqual(['1', '2']);
    expect(fields).toEqual({
      window: windowAt(0),
      state: {},
      shardId: firstShard,
      eventSourceARN: streamArn('summed'),
      isFinalInvokeForWindow: false,
      isWindowTerminatedEarly: false,
    });
    expect([second?.window, last?.window, next?.window]).toEqual([windowAt(0), windowAt(0), windowAt(1)]);
    expect(last).toEqual({ ...first, Records: [], state: { sum: 6 }, isFinalInvokeForWindow: true });
  });

  it('moves the checkpoint when its last call has succeeded, and not before', () => {
    const steps = command.entries
      .filter((entry) => 'mapping' in entry && entry.mapping.name === 'summed')
      .flatMap((entry) => {
        if (entry.type === 'checkpointed') return [`checkpoint after ${entry.records.length}`];
        return entry.type === 'succeeded' ? [recordsOf(entry).length === 0 ? 'closed' : 'handled'] : [];
      });
    const first = steps.findIndex((step) => step.startsWith('checkpoint'));

    expect(steps.slice(0, first)).toEqual(expect.arrayContaining(['handled', 'handled', 'closed']));
    expect(steps[first]).toMatch(/checkpoint after [34]/);
    expect(command.of('summed', 'checkpointed').flatMap(({ records }) => records)).toHaveLength(6);
  });

  it('has one state for a shard, whatever ParallelizationFactor says, and says so', () => {
    expect(command.stderr).toContain('ParallelizationFactor has no effect with TumblingWindowInSeconds');
  });

  it('goes on with the last good state after a batch that returned no state and was given up', () => {
    expect(callsOf('stateless')).toEqual([
      middle(['5'], {}),
      middle(['no state'], { sum: 5 }),
      middle(['no state'], { sum: 5 }),
      middle(['7'], { sum: 5 }),
      final({ sum: 12 }),
    ]);
    expect(command.of('stateless', 'failed')[0]?.because).toMatch(/the response has no state/);
    expect(command.of('stateless', 'discarded')).toHaveLength(1);
  });

  it('is ended early when its state is larger than 1 MB, and goes on with a fresh one', () => {
    expect(callsOf('full')).toEqual([
      middle(['1'], {}),
      middle(['1000'], { sum: 1 }),
      { ...final({ sum: 1_001, filling: 1024 * 1024 }), early: true },
      middle(['2'], {}),
      middle(['3'], { sum: 2 }),
      final({ sum: 5 }),
    ]);
    expect(new Set(kinesisEvents(command, 'full').map(({ window }) => window?.start))).toEqual(
      new Set([windowAt(0).start]),
    );
  });

  it('keeps the state that came with a report of failures', () => {
    expect(callsOf('parted')).toEqual([
      middle(['11', '12', '13', '14'], {}),
      middle(['13', '14'], { sum: 50 }),
      middle(['13', '14'], { sum: 50 }),
      final({ sum: 50 }),
    ]);
  });

  it('belongs to one shard', () => {
    const events = kinesisEvents(command, 'shards');
    const of = (nr: number): readonly Call[] =>
      events.filter(({ shardId }) => shardId === `shardId-00000000000${nr}`).map(callOf);

    expect(of(0)).toEqual([middle(['1'], {}), final({ sum: 1 })]);
    expect(of(1)).toEqual([middle(['2'], {}), final({ sum: 2 })]);
  });

  it('is closed when its shard ends: the children begin with a fresh state', () => {
    expect(callsOf('split')).toEqual([middle(['1', '2'], {}), final({ sum: 3 }), middle(['3'], {}), final({ sum: 3 })]);
  });

  it('keeps the run from being idle until it is closed', () => {
    expect(kinesisEvents(command, 'summed').at(-1)?.isFinalInvokeForWindow).toBe(true);
    expect(exitCode).toBe(1); // batches were given up
  });
});

describe.concurrent('a tumbling window that is still open', patient, () => {
  const closes = { Handler: 'handlers/kinesis.closesWithPermission', Environment: { Variables: { PERMISSION: 'go' } } };

  it('stops its shard while its last call fails, whatever MaximumRetryAttempts says', async (test) => {
    const bench = workbench(test);
    const kinesis = await bench.kinesis();
    const gateway = await bench.gateway(kinesis.url);
    gateway.always('GetRecords', byNumber);
    await kinesis.createStream('clicks');
    await kinesis.put('clicks', ['1', '11']);
    const project = await bench.project({
      functions: { sums: closes },
      mappings: [mapping('clicks', { MaximumRetryAttempts: 0 })],
      tumblingWindowIdleSeconds: 1,
      endpoints: { kinesis: gateway.url },
    });
    const command = project.run('--until-idle=0.5');
    await command.atLeast(3, 'retry-scheduled');
    expect(command.all('discarded')).toEqual([]);
    expect(command.all('checkpointed')).toEqual([]);
    await project.write('go', '');

    expect(await command.exitCode()).toBe(0);
    const [first, ...others] = kinesisEvents(command, 'clicks').map(callOf);
    expect(first).toEqual(middle(['1'], {}));
    expect(others).toEqual([final({ sum: 1 }), middle(['11'], {}), final({ sum: 11 })]);
    expect(command.all('retry-scheduled')[0]?.because).toMatch(/the shard waits for it/);
  });

  it('is replayed from its start when the process was killed', async (test) => {
    const bench = workbench(test);
    const kinesis = await bench.kinesis();
    const gateway = await bench.gateway(kinesis.url);
    gateway.always('GetRecords', byNumber);
    await kinesis.createStream('clicks');
    await kinesis.put('clicks', ['1', '2']);
    const project = await bench.project({
      functions: { sums: closes },
      mappings: [mapping('clicks', { BatchSize: 1 })],
      tumblingWindowIdleSeconds: 1,
      endpoints: { kinesis: gateway.url },
    });
    const first = project.run();
    await first.entry('retry-scheduled');
    await first.kill();
    expect(first.all('succeeded').map(({ records }) => records.length)).toEqual([1, 1]);
    await project.write('go', '');
    const second = project.run('--until-idle=0.5');

    expect(await second.exitCode()).toBe(0);
    expect(kinesisEvents(second, 'clicks').map(callOf)).toEqual([
      middle(['1'], {}),
      middle(['2'], { sum: 1 }),
      final({ sum: 3 }),
    ]);
  });

  it('closes tumblingWindowIdleSeconds after its end when no record comes', async (test) => {
    const bench = workbench(test);
    const kinesis = await bench.kinesis();
    await kinesis.createStream('clicks');
    await kinesis.put('clicks', ['1']);
    const project = await bench.project({
      functions: { sums: { Handler: 'handlers/kinesis.sums' } },
      mappings: [mapping('clicks', { TumblingWindowInSeconds: 1 })],
      tumblingWindowIdleSeconds: 1.5,
      endpoints: { kinesis: kinesis.url },
    });
    const command = project.run('--until-idle=0.5');

    expect(await command.exitCode()).toBe(0);
    const [, last] = kinesisEvents(command, 'clicks');
    const closedAt = Date.parse(command.all('invoked')[1]?.at ?? '');
    expect(last).toMatchObject({ Records: [], isFinalInvokeForWindow: true });
    expect(closedAt - Date.parse(last?.window?.end ?? '')).toBeGreaterThanOrEqual(1_500);
  });
});
