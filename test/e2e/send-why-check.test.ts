import { describe, expect, it } from 'vitest';
import { empty } from '../support/embedded-sqs.js';
import { arn, patient, workbench } from '../support/workbench.js';

const work = { Handler: 'handlers/as-told.handler', Timeout: 2 };
const ids = (stdout: string): readonly string[] => stdout.split('\n');

describe.concurrent('millrace send', patient, () => {
  it('puts bodies into the queue of a mapping, and prints their ids', async (test) => {
    const bench = workbench(test);
    const sqs = await bench.sqs();
    await sqs.createQueue('orders');
    const project = await bench.project({
      functions: { work },
      mappings: [{ FunctionName: 'work', EventSourceArn: arn('orders') }],
      endpoints: { sqs: sqs.url },
    });
    const command = project.millrace(['send', 'orders', '{"id": 1}', 'plain ä', '--attribute', 'source=shop']);

    expect(await command.exitCode()).toBe(0);
    const got = await sqs.receiveAll('orders');
    expect(got.map(({ Body }) => Body)).toEqual(['{"id": 1}', 'plain ä']);
    expect(got[0]?.MessageAttributes).toMatchObject({ source: { DataType: 'String', StringValue: 'shop' } });
    expect(ids(command.stdout)).toEqual(got.map(({ MessageId }) => MessageId));
    expect(command.stderr).toContain(`sent 2 to queue orders (SQS → ${sqs.url}`);
  });

  it('takes lines from standard input, and repeats them with --count', async (test) => {
    const bench = workbench(test);
    const sqs = await bench.sqs();
    await sqs.createQueue('orders');
    const project = await bench.project({
      functions: { work },
      mappings: [{ FunctionName: 'work', EventSourceArn: arn('orders') }],
      endpoints: { sqs: sqs.url },
    });
    const words = ['send', 'orders', '--file', '-', '--count', '6'];
    const command = project.millrace(words, { input: 'one\r\n\ntwo' });

    expect(await command.exitCode()).toBe(0);
    expect(ids(command.stdout)).toHaveLength(12);
    const got = await sqs.receiveAll('orders');
    expect(got.map(({ Body = '' }) => Body).toSorted()).toEqual([
      ...Array.from({ length: 6 }, () => 'one'),
      ...Array.from({ length: 6 }, () => 'two'),
    ]);
  });

  it('sends to a FIFO queue in order, in the group that --group names', async (test) => {
    const bench = workbench(test);
    const sqs = await bench.sqs();
    await sqs.createQueue('orders.fifo');
    const project = await bench.project({
      functions: { work: { Handler: 'handlers/as-told.echo' } },
      mappings: [{ FunctionName: 'work', EventSourceArn: arn('orders.fifo') }],
      endpoints: { sqs: sqs.url },
    });
    const command = project.millrace(['send', 'orders.fifo', 'same', 'same', 'other', '--group', 'truck-1']);
    expect(await command.exitCode()).toBe(0);
    const run = project.run('--until-idle=0.5');

    expect(await run.exitCode()).toBe(0);
    const records = run.events('orders.fifo').flatMap(({ Records }) => Records);
    expect(records.map(({ body }) => body)).toEqual(['same', 'same', 'other']);
    expect(new Set(records.map(({ attributes }) => attributes['MessageGroupId']))).toEqual(new Set(['truck-1']));
  });

  it('finds the embedded server of a runtime in another terminal', async (test) => {
    const bench = workbench(test);
    const project = await bench.project({
      functions: { work: { Handler: 'handlers/as-told.echo' } },
      mappings: [{ FunctionName: 'work', EventSourceArn: arn('orders') }],
      endpoints: { sqs: 'embedded' },
    });
    const early = project.millrace(['send', 'orders']);
    expect(await early.exitCode()).toBe(2);
    expect(early.stderr).toContain('lives in millrace dev or millrace run, and none runs on the state folder');

    const run = project.run();
    await run.entry('state-changed', ({ state }) => state === 'polling');
    const running = JSON.parse(await project.read('.millrace/running.json')) as { endpoints: { sqs: string } };
    expect(run.stderr).toContain(`SQS → embedded at ${running.endpoints.sqs}`);
    const command = project.millrace(['send', 'orders', 'hello']);
    expect(await command.exitCode()).toBe(0);
    await run.settled(1, 'orders');
    expect(run.events('orders')[0]?.Records[0]?.body).toBe('hello');
    expect(run.events('orders')[0]?.Records[0]?.messageId).toBe(command.stdout);
    run.interrupt();
    expect(await run.exitCode()).toBe(130);
  });

  it('ends with 2 for a mapping or a queue that does not exist', async (test) => {
    const bench = workbench(test);
    const sqs = await bench.sqs();
    const project = await bench.project({
      functions: { work },
      mappings: [{ FunctionName: 'work', EventSourceArn: arn('orders') }],
      endpoints: { sqs: sqs.url },
    });
    const nobody = project.millrace(['send', 'nobody']);
    const missing = project.millrace(['send', 'orders']);

    expect(await nobody.exitCode()).toBe(2);
    expect(nobody.stderr).toMatch(/no mapping "nobody"; there are:\n {2}orders {2}/);
    expect(await missing.exitCode()).toBe(2);
    expect(missing.stderr).toContain(`millrace: queue orders: it does not exist at ${sqs.url}`);
  });
});

describe('millrace why', patient, () => {
  it('tells the life of a record, also of the beginning of its id, also while the runtime runs', async (test) => {
    const bench = workbench(test);
    const sqs = await bench.sqs();
    await sqs.createQueueWithDeadLetters('orders', 2, { VisibilityTimeout: '2' });
    const project = await bench.project({
      functions: { work },
      mappings: [{ FunctionName: 'work', EventSourceArn: arn('orders'), BatchSize: 1 }],
      endpoints: { sqs: sqs.url },
    });
    const good = await sqs.send('orders', '{"do":"nothing"}');
    const bad = await sqs.send('orders', '{"do":"throw"}');
    const run = project.run();
    await run.entry('discarded');
    await run.settled(1, 'orders');

    const [whole, prefix, json, unknown] = [
      project.millrace(['why', good]),
      project.millrace(['why', bad.slice(0, 8)]),
      project.millrace(['why', bad, '--json']),
      project.millrace(['why', 'no-such-record']),
    ];
    expect(await whole.exitCode()).toBe(0);
    expect(whole.stdout).toContain(`record ${good} (mapping orders)`);
    expect(whole.stdout).toContain('→ Handled after 1 try and deleted from the queue.');
    expect(await prefix.exitCode()).toBe(0);
    expect(prefix.stdout).toContain(`record ${bad} (mapping orders)`);
    expect(prefix.stdout).toMatch(/RangeError: told to throw/);
    expect(prefix.stdout).toContain('→ Given up after 2 tries: it goes to dead-letter queue orders-dead.');
    expect(await json.exitCode()).toBe(0);
    const answer = JSON.parse(json.stdout) as {
      readonly life: { readonly steps: readonly { readonly type: string }[] };
    };
    expect(answer.life.steps.map(({ type }) => type).filter((type) => type === 'failed')).toHaveLength(2);
    expect(await unknown.exitCode()).toBe(1);
    expect(unknown.stdout).toContain('No record "no-such-record" is in the journal.');
  });
});

describe.concurrent('millrace check', patient, () => {
  it('ends with 0 and no remarks when all is as AWS advises; takes no message', async (test) => {
    const bench = workbench(test);
    const sqs = await bench.sqs();
    await sqs.createQueueWithDeadLetters('orders', 5, { VisibilityTimeout: '12' });
    await sqs.send('orders', 'x');
    const project = await bench.project({
      functions: { work },
      mappings: [{ FunctionName: 'work', EventSourceArn: arn('orders') }],
      endpoints: { sqs: sqs.url },
    });
    const command = project.millrace(['check']);

    expect(await command.exitCode()).toBe(0);
    expect(command.plainLines).toEqual([
      `✔ ${project.path('millrace.json')}`,
      expect.stringContaining(`SQS → ${sqs.url}`),
      '✔ function work: its handler loads',
      '✔ mapping orders: queue orders is there',
      '0 errors, 0 warnings',
    ]);
    expect(await sqs.depth('orders')).toEqual({ ...empty, visible: 1 });
  });

  it('ends with 0 and advice where things work but may surprise', async (test) => {
    const bench = workbench(test);
    const sqs = await bench.sqs();
    await sqs.createQueue('orders', { VisibilityTimeout: '5' });
    const project = await bench.project({
      functions: { work, idle: work },
      mappings: [{ FunctionName: 'work', EventSourceArn: arn('orders') }],
      endpoints: { sqs: sqs.url },
    });
    const command = project.millrace(['check']);

    expect(await command.exitCode()).toBe(0);
    expect(command.plainLines.filter((line) => line.startsWith('!'))).toEqual([
      expect.stringMatching(/^! mapping orders: the queue's visibility timeout of 5 s is less than 6 x/),
      expect.stringMatching(/^! mapping orders: the queue has no dead-letter queue/),
      '! function idle: no mapping calls it',
    ]);
    expect(command.plainLines.at(-1)).toBe('0 errors, 3 warnings');
  });

  it('ends with 2 where something would not work, and names all of it', async (test) => {
    const bench = workbench(test);
    const sqs = await bench.sqs();
    await sqs.createQueue('short', { VisibilityTimeout: '1' });
    const project = await bench.project({
      functions: { work, broken: { Handler: 'handlers/does-not-load.handler' } },
      mappings: [
        { FunctionName: 'work', EventSourceArn: arn('missing') },
        { FunctionName: 'work', EventSourceArn: arn('short') },
        { FunctionName: 'broken', EventSourceArn: arn('down') },
      ],
      endpoints: { sqs: sqs.url, [arn('down')]: 'http://127.0.0.1:1' },
    });
    const command = project.millrace(['check']);

    expect(await command.exitCode()).toBe(2);
    expect(command.plainLines.filter((line) => line.startsWith('✖'))).toEqual([
      expect.stringMatching(/^✖ function broken: Runtime\.ImportModuleError: .*a-package-that-is-not-installed/),
      `✖ mapping missing: queue missing: it does not exist at ${sqs.url}; create it, or check name, account and region of its ARN`,
      '✖ mapping short: Queue visibility timeout: 1 seconds is less than Function timeout: 2 seconds',
      expect.stringMatching(/^✖ mapping down: queue down: no answer from http:\/\/127\.0\.0\.1:1 /),
    ]);
    expect(command.plainLines.at(-1)).toMatch(/^4 errors, /);
  });
});
