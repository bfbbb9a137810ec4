import { describe, expect, it } from 'vitest';
import { destinationRef } from '../destinations/embedded-aws.js';
import { calls, checkpointed, firstShard, kinesisEvents, polls } from '../support/kinesis-events.js';
import type { TestKinesis } from '../support/kinesis-servers.js';
import { arn, patient, streamArn, workbench, type Project, type Workbench } from '../support/workbench.js';

const chokes = { Handler: 'handlers/kinesis.throwsOnPoison' };
const idle = '--until-idle=0.5';
const lines = (text: string): readonly string[] => text.split('\n');

/** A mapping of the stream clicks. */
async function clicks(
  bench: Workbench,
  more: { readonly mapping?: object; readonly shards?: number; readonly aws?: string } = {},
): Promise<{ readonly kinesis: TestKinesis; readonly project: Project }> {
  const kinesis = await bench.kinesis();
  await kinesis.createStream('clicks', more.shards);
  const project = await bench.project({
    functions: { work: chokes },
    mappings: [
      {
        FunctionName: 'work',
        EventSourceArn: streamArn('clicks'),
        StartingPosition: 'TRIM_HORIZON',
        ...more.mapping,
      },
    ],
    endpoints: { kinesis: kinesis.url, ...(more.aws === undefined ? {} : { sqs: more.aws }) },
  });
  return { kinesis, project };
}

describe.concurrent('millrace send, for a Kinesis mapping', patient, () => {
  it('puts records into the stream, and prints shard and sequence number of each', async (test) => {
    const { kinesis, project } = await clicks(workbench(test), { shards: 4 });
    const command = project.millrace(['send', 'clicks', '{"page": "/"}', 'plain ä', '--count', '20']);
    expect(await command.exitCode()).toBe(0);
    const run = project.run(idle);

    expect(await run.exitCode()).toBe(0);
    const records = kinesisEvents(run, 'clicks').flatMap(({ Records }) => Records);
    expect(records.map(({ eventID }) => eventID).toSorted()).toEqual(lines(command.stdout).toSorted());
    expect(
      calls(run, 'clicks')
        .flat()
        .filter((text) => text === 'plain ä'),
    ).toHaveLength(20);
    // Each has another key, so that they are spread over the shards.
    expect(new Set(records.map(({ eventID }) => eventID.split(':')[0])).size).toBeGreaterThan(1);
    expect(command.stderr).toContain(`sent 40 to stream clicks (Kinesis → ${kinesis.url}`);
  });

  it('--key: gives all of them this partition key, in order', async (test) => {
    const { project } = await clicks(workbench(test), { shards: 4 });
    const command = project.millrace(['send', 'clicks', '1', '2', '3', '--key', 'user 1']);
    expect(await command.exitCode()).toBe(0);
    const run = project.run(idle);

    expect(await run.exitCode()).toBe(0);
    const records = kinesisEvents(run, 'clicks').flatMap(({ Records }) => Records);
    expect(records.map(({ kinesis }) => kinesis.partitionKey)).toEqual(['user 1', 'user 1', 'user 1']);
    expect(records.map(({ eventID }) => eventID)).toEqual(lines(command.stdout));
    expect(calls(run, 'clicks').flat()).toEqual(['1', '2', '3']);
  });

  it('ends with 2 for what means nothing to a stream, and for a stream that does not exist', async (test) => {
    const { kinesis, project } = await clicks(workbench(test));
    const grouped = project.millrace(['send', 'clicks', 'x', '--group', 'g']);
    expect(await grouped.exitCode()).toBe(2);
    expect(grouped.stderr).toContain('group means nothing to this source');
    await kinesis.deleteStream('clicks');
    const missing = project.millrace(['send', 'clicks', 'x']);

    expect(await missing.exitCode()).toBe(2);
    expect(missing.stderr).toContain(`stream clicks: it does not exist at ${kinesis.url}`);
  });
});

describe.concurrent('millrace why, for a record of a stream', patient, () => {
  it('shows the tree of batches that the record was in, and where it went', async (test) => {
    const bench = workbench(test);
    const aws = await bench.aws();
    await aws.createQueue('failed');
    const { kinesis, project } = await clicks(bench, {
      aws: aws.url,
      mapping: {
        BisectBatchOnFunctionError: true,
        MaximumRetryAttempts: 1,
        DestinationConfig: { OnFailure: { Destination: destinationRef('sqs', 'failed').arn } },
      },
    });
    const [good, , poison] = await kinesis.put('clicks', ['0', '1', 'poison', '3']);
    expect(await project.run(idle).exitCode()).toBe(1);
    const [byShard, bySequence, handled, json] = [
      project.millrace(['why', `${firstShard}:${poison}`]),
      project.millrace(['why', poison ?? '']),
      project.millrace(['why', `${firstShard}:${good}`]),
      project.millrace(['why', `${firstShard}:${poison}`, '--json']),
    ];

    expect(await byShard.exitCode()).toBe(0);
    expect(byShard.stdout).toContain(`(mapping clicks, ${firstShard})`);
    expect(byShard.stdout).toMatch(/→ Given up after \d tries, and reported to .*failed/);
    const tree = lines(byShard.stdout).filter((line) => /\(\d+\) [✔✖]/.test(line));
    expect(tree.map((line) => line.replace(/^([│├└─ ]*)\S+ /, '$1'))).toEqual([
      '(4) ✖ failed, split',
      '├─ (2) ✔',
      '└─ (2) ✖ failed, split',
      '   ├─ (1) ✖ failed 2 times, given up  ← this record',
      '   └─ (1) ✔',
    ]);
    expect(await bySequence.exitCode()).toBe(0);
    expect(bySequence.stdout).toBe(byShard.stdout);
    expect(await handled.exitCode()).toBe(0);
    expect(handled.stdout).toMatch(/→ Handled after 2 tries; the checkpoint has moved past it\./);
    expect(await json.exitCode()).toBe(0);
    expect(JSON.parse(json.stdout || JSON.stringify(json.entries[0]))).toMatchObject({
      kind: 'life',
      life: { record: poison, verdict: { kind: 'discarded' } },
    });
  });

  it('tells that a record was filtered, and ends with 1 for one that was never seen', async (test) => {
    const { kinesis, project } = await clicks(workbench(test), {
      mapping: { FilterCriteria: { Filters: [{ Pattern: '{"partitionKey":["wanted"]}' }] } },
    });
    const [id] = await kinesis.put('clicks', ['x']);
    expect(await project.run(idle).exitCode()).toBe(0);
    const filtered = project.millrace(['why', `${firstShard}:${id}`]);
    const unknown = project.millrace(['why', `${firstShard}:1`]);

    expect(await filtered.exitCode()).toBe(0);
    expect(filtered.stdout).toContain(
      '→ Filtered out: the handler was not invoked, and the checkpoint has moved past it.',
    );
    expect(await unknown.exitCode()).toBe(1);
  });
});

describe.concurrent('millrace rewind', patient, () => {
  it('--to TRIM_HORIZON: everything is delivered again', async (test) => {
    const { kinesis, project } = await clicks(workbench(test), { shards: 2 });
    const keys = ['a', 'b', 'c', 'd', 'e', 'f'];
    await kinesis.put(
      'clicks',
      keys.map((key) => ({ key, body: key })),
    );
    expect(await project.run(idle).exitCode()).toBe(0);
    const rewind = project.millrace(['rewind', 'clicks', '--to', 'TRIM_HORIZON']);
    expect(await rewind.exitCode()).toBe(0);
    const again = project.run(idle);

    expect(await again.exitCode()).toBe(0);
    expect(calls(again, 'clicks').flat().toSorted()).toEqual(keys);
    expect(lines(rewind.stdout)).toEqual([
      'clicks goes on from TRIM_HORIZON:',
      `  ${firstShard}: from its oldest record`,
      '  shardId-000000000001: from its oldest record',
    ]);
  });

  it('--to LATEST: what is there now is left out, and what comes later is delivered', async (test) => {
    const { kinesis, project } = await clicks(workbench(test));
    await kinesis.put('clicks', ['0']);
    expect(await project.run(idle).exitCode()).toBe(0);
    await kinesis.put('clicks', ['skipped']);
    const rewind = project.millrace(['rewind', 'clicks', '--to', 'LATEST']);
    expect(await rewind.exitCode()).toBe(0);
    await kinesis.put('clicks', ['later']);
    const again = project.run(idle);

    expect(await again.exitCode()).toBe(0);
    expect(calls(again, 'clicks')).toEqual([['later']]);
  });

  it('--to a time: what has arrived since then is delivered again', async (test) => {
    const { kinesis, project } = await clicks(workbench(test));
    await kinesis.put('clicks', ['0']);
    await passMoment();
    const time = new Date().toISOString();
    await passMoment();
    await kinesis.put('clicks', ['1', '2']);
    expect(await project.run(idle).exitCode()).toBe(0);
    for (const to of [time, String(Date.parse(time) / 1_000)]) {
      const rewind = project.millrace(['rewind', 'clicks', '--to', to]);
      expect(await rewind.exitCode()).toBe(0);
      expect(rewind.stdout).toContain(`${firstShard}: from the first record at or after ${time}`);
      const again = project.run(idle);
      expect(await again.exitCode()).toBe(0);
      expect(calls(again, 'clicks')).toEqual([['1', '2']]);
    }
  });

  it('is refused while the mapping runs, which goes on undisturbed', async (test) => {
    const { kinesis, project } = await clicks(workbench(test));
    await kinesis.put('clicks', ['0']);
    const run = project.run();
    await checkpointed(run, 1, 'clicks');
    const rewind = project.millrace(['rewind', 'clicks', '--to', 'TRIM_HORIZON']);
    expect(await rewind.exitCode()).toBe(2);
    await kinesis.put('clicks', ['1']);
    await checkpointed(run, 2, 'clicks');
    run.interrupt();

    expect(await run.exitCode()).toBe(130);
    expect(rewind.stderr).toContain('mapping clicks is running; stop millrace, or set Enabled to false');
    expect(calls(run, 'clicks')).toEqual([['0'], ['1']]);
  });

  it('is done while millrace runs when the mapping is not enabled', async (test) => {
    const { kinesis, project } = await clicks(workbench(test));
    await kinesis.put('clicks', ['0']);
    expect(await project.run(idle).exitCode()).toBe(0);
    const configuration = await project.read('millrace.json');
    await project.write('millrace.json', configuration.replace('"FunctionName"', '"Enabled": false, "FunctionName"'));
    const run = project.run();
    await run.address();
    const rewind = project.millrace(['rewind', 'clicks', '--to', 'TRIM_HORIZON']);
    expect(await rewind.exitCode()).toBe(0);
    run.interrupt();
    expect(await run.exitCode()).toBe(130);
    await project.write('millrace.json', configuration);
    const again = project.run(idle);

    expect(await again.exitCode()).toBe(0);
    expect(run.all('received')).toEqual([]);
    expect(calls(again, 'clicks')).toEqual([['0']]);
  });

  it('is refused for a queue, for a position that there is not, and for a stream that is not there', async (test) => {
    const bench = workbench(test);
    const kinesis = await bench.kinesis();
    const project = await bench.project({
      functions: { work: chokes },
      mappings: [
        { FunctionName: 'work', EventSourceArn: arn('orders') },
        { FunctionName: 'work', EventSourceArn: streamArn('clicks'), StartingPosition: 'LATEST' },
      ],
      endpoints: { kinesis: kinesis.url, sqs: 'embedded' },
    });
    for (const [words, message] of [
      [['orders', '--to', 'LATEST'], 'mapping orders reads a queue, which has no position'],
      [['clicks', '--to', 'yesterday'], '--to must be TRIM_HORIZON, LATEST, or a time'],
      [['clicks', '--to', 'LATEST'], 'stream clicks has to be there to be rewound: it does not exist at'],
    ] as const) {
      const rewind = project.millrace(['rewind', ...words]);
      expect(await rewind.exitCode()).toBe(2);
      expect(rewind.stderr).toContain(message);
    }
  });
});

describe.concurrent('millrace check, for a Kinesis mapping', patient, () => {
  it('ends with 0 and no remarks when stream and destination are there; delivers nothing', async (test) => {
    const bench = workbench(test);
    const aws = await bench.aws();
    await aws.createQueue('failed');
    const { kinesis, project } = await clicks(bench, {
      aws: aws.url,
      shards: 3,
      mapping: {
        MaximumRetryAttempts: 3,
        BisectBatchOnFunctionError: true,
        DestinationConfig: { OnFailure: { Destination: destinationRef('sqs', 'failed').arn } },
      },
    });
    await kinesis.put('clicks', ['0']);
    const check = project.millrace(['check']);

    expect(await check.exitCode()).toBe(0);
    expect(check.stdout).toMatch(/✔ mapping clicks: stream clicks is there, created at \S+, with 3 open shards/);
    expect(check.stdout).toContain('✔ mapping clicks: its on-failure destination, queue failed, is there');
    expect(check.plainLines.at(-1)).toBe('0 errors, 0 warnings');
  });

  it('advises where a record that always fails would stop a shard for ever', async (test) => {
    const { project } = await clicks(workbench(test));
    const check = project.millrace(['check']);

    expect(await check.exitCode()).toBe(0);
    expect(check.stdout).toContain(
      '! mapping clicks: neither MaximumRetryAttempts nor MaximumRecordAgeInSeconds is set',
    );
  });

  it('ends with 2 when the stream or its destination is missing', async (test) => {
    const bench = workbench(test);
    const aws = await bench.aws();
    const kinesis = await bench.kinesis();
    await kinesis.createStream('there');
    const project = await bench.project({
      functions: { work: chokes },
      mappings: [
        { FunctionName: 'work', EventSourceArn: streamArn('missing'), StartingPosition: 'LATEST' },
        {
          FunctionName: 'work',
          EventSourceArn: streamArn('there'),
          StartingPosition: 'LATEST',
          MaximumRetryAttempts: 1,
          DestinationConfig: { OnFailure: { Destination: destinationRef('sqs', 'nowhere').arn } },
        },
      ],
      endpoints: { kinesis: kinesis.url, sqs: aws.url },
    });
    const check = project.millrace(['check']);

    expect(await check.exitCode()).toBe(2);
    expect(check.stdout).toContain(`✖ mapping missing: stream missing: it does not exist at ${kinesis.url}`);
    expect(check.stdout).toMatch(/✖ mapping there: its on-failure destination, queue nowhere: it does not exist/);
  });
});

describe.concurrent('millrace run, for a Kinesis mapping', patient, () => {
  it('creates its stream on the embedded server, which send of another terminal finds', async (test) => {
    const project = await workbench(test).project({
      functions: { work: chokes },
      mappings: [{ FunctionName: 'work', EventSourceArn: streamArn('clicks'), StartingPosition: 'LATEST' }],
      embedded: { shards: 2 },
      endpoints: { kinesis: 'embedded' },
    });
    const run = project.run();
    await polls(run, 'clicks');
    const running = JSON.parse(await project.read('.millrace/running.json')) as { endpoints: { kinesis: string } };
    expect(run.stderr).toContain(`Kinesis → embedded at ${running.endpoints.kinesis}`);
    const send = project.millrace(['send', 'clicks', 'hello']);
    expect(await send.exitCode()).toBe(0);
    await checkpointed(run, 1, 'clicks');
    run.interrupt();

    expect(await run.exitCode()).toBe(130);
    expect(kinesisEvents(run, 'clicks')[0]?.Records[0]?.eventID).toBe(send.stdout);
    expect(run.all('state-changed').some(({ because }) => because === 'polling stream clicks: 2 shards')).toBe(true);
  });

  it('ends after --until-invocations, and leaves the rest for the next run', async (test) => {
    const { kinesis, project } = await clicks(workbench(test), { mapping: { BatchSize: 1 } });
    const sent = await kinesis.put(
      'clicks',
      Array.from({ length: 400 }, (_, index) => `${index}`),
    );
    const run = project.run('--until-invocations=2');

    expect(await run.exitCode()).toBe(0);
    const handled = run.all('succeeded').flatMap(({ records }) => records);
    expect(handled.length).toBeGreaterThanOrEqual(2);
    expect(handled.length).toBeLessThan(400);
    const next = project.run('--until-invocations=1');
    expect(await next.exitCode()).toBe(0);
    expect(next.all('invoked')[0]?.records).toEqual([sent[handled.length]]);
  });

  it('ends with 1 after --stop-after when a record still fails, which is not lost', async (test) => {
    const { kinesis, project } = await clicks(workbench(test));
    const [id] = await kinesis.put('clicks', ['poison']);
    const run = project.run(idle, '--stop-after=2', '--report=report.json');

    expect(await run.exitCode()).toBe(1);
    expect(run.all('discarded')).toEqual([]);
    expect(run.all('checkpointed')).toEqual([]);
    expect(JSON.parse(await project.read('report.json'))).toMatchObject({
      mappings: [{ unhandled: 1, discarded: 0, lastProcessingResult: 'PROBLEM: Function call failed' }],
    });
    const again = project.run('--until-invocations=1');
    expect(await again.exitCode()).toBe(1);
    expect(again.all('invoked')[0]?.records).toEqual([id]);
  });

  it('ends with 0 when a failure succeeded later', async (test) => {
    const bench = workbench(test);
    const kinesis = await bench.kinesis();
    await kinesis.createStream('clicks');
    await kinesis.put('clicks', ['1']);
    const project = await bench.project({
      functions: {
        work: {
          Handler: 'handlers/kinesis.closesWithPermission',
          Environment: { Variables: { PERMISSION: 'go' } },
        },
      },
      mappings: [
        {
          FunctionName: 'work',
          EventSourceArn: streamArn('clicks'),
          StartingPosition: 'TRIM_HORIZON',
          TumblingWindowInSeconds: 1,
        },
      ],
      tumblingWindowIdleSeconds: 0,
      endpoints: { kinesis: kinesis.url },
    });
    const run = project.run(idle);
    await run.entry('failed');
    await project.write('go', '');

    expect(await run.exitCode()).toBe(0);
  });
});

/** Lets the clock of the server move on, which counts milliseconds. */
async function passMoment(): Promise<void> {
  const from = Date.now();
  while (Date.now() < from + 3) await new Promise((resolve) => setImmediate(resolve));
}
