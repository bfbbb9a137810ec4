import { readdir, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import type { RunReport } from '../../src/readers/status/report.js';
import { empty } from '../support/embedded-sqs.js';
import { arn, patient, workbench } from '../support/workbench.js';

const told = (what: object): string => JSON.stringify(what);
const work = { Handler: 'handlers/as-told.handler', Timeout: 2 };
const mapping = { FunctionName: 'work', EventSourceArn: arn('orders') };

describe.concurrent('millrace run', patient, () => {
  it('ends with 0 when a failure succeeded later', async (test) => {
    const bench = workbench(test);
    const sqs = await bench.sqs();
    await sqs.createQueue('orders', { VisibilityTimeout: '2' });
    await sqs.send('orders', told({ do: 'fail-times', times: 1 }));
    const project = await bench.project({
      functions: { work },
      mappings: [mapping],
      endpoints: { sqs: sqs.url },
    });
    const command = project.millrace(['run', '--until-idle=0.5', '--port', '0', '--report=out/report.json']);

    expect(await command.exitCode()).toBe(0);
    const report = JSON.parse(await project.read('out/report.json')) as RunReport;
    expect(report.discarded).toEqual([]);
    expect(report.mappings).toMatchObject([
      {
        name: 'orders',
        source: arn('orders'),
        function: 'work',
        state: 'stopped',
        inFlight: 0,
        invocations: 2,
        received: 2,
        handled: 1,
        failed: 1,
        discarded: 0,
        unhandled: 0,
        lastError: expect.stringContaining('Error: not yet') as unknown,
      },
    ]);
  });

  it('ends with 1 when a record was discarded, and the report names it', async (test) => {
    const bench = workbench(test);
    const sqs = await bench.sqs();
    await sqs.createQueueWithDeadLetters('orders', 1, { VisibilityTimeout: '2' });
    await sqs.send('orders', told({ do: 'nothing' }));
    const project = await bench.project({
      functions: { work },
      mappings: [{ ...mapping, BatchSize: 1 }],
      endpoints: { sqs: sqs.url },
    });
    const poison = await sqs.send('orders', told({ do: 'throw' }));
    const command = project.run('--until-idle=0.5', '--report=report.json');

    expect(await command.exitCode()).toBe(1);
    const report = JSON.parse(await project.read('report.json')) as RunReport;
    expect(report).toMatchObject({
      v: 2,
      mappings: [{ handled: 1, failed: 1, discarded: 1, unhandled: 0 }],
      functions: [{ name: 'work', state: 'ready' }],
      discarded: [{ mapping: 'orders', record: poison, deadLetterQueue: 'orders-dead' }],
      truncated: 0,
    });
  });

  it('ends with 1 after --until-invocations when a record is left unhandled, and with 0 when none is', async (test) => {
    const bench = workbench(test);
    const sqs = await bench.sqs();
    await sqs.createQueue('orders');
    const project = await bench.project({
      functions: { work },
      mappings: [mapping],
      endpoints: { sqs: sqs.url },
    });
    const good = project.run('--until-invocations=2');
    await sqs.send('orders', told({ do: 'nothing' }));
    await good.settled(1, 'orders');
    await sqs.send('orders', told({ do: 'nothing' }));
    expect(await good.exitCode()).toBe(0);
    expect(good.all('invoked')).toHaveLength(2);

    await sqs.send('orders', told({ do: 'throw' }));
    const bad = project.run('--until-invocations=1', '--report=report.json');
    expect(await bad.exitCode()).toBe(1);
    const report = JSON.parse(await project.read('report.json')) as RunReport;
    expect(report.mappings).toMatchObject([{ invocations: 1, failed: 1, discarded: 0, unhandled: 1 }]);
  });

  it('ends with 2 and the reason when a source is not ready within --timeout', async (test) => {
    const bench = workbench(test);
    const sqs = await bench.sqs();
    const project = await bench.project({
      functions: { work },
      mappings: [mapping],
      endpoints: { sqs: sqs.url },
    });
    const [idle, counted] = [
      project.run('--until-idle', '--timeout=6'),
      project.run('--until-invocations', '1', '--timeout', '5.5', '--state', 'other'),
    ];

    expect(await idle.exitCode()).toBe(2);
    expect(idle.stderr).toContain(
      `millrace: not ready after 6 s: orders: waiting for queue orders: it does not exist at ${sqs.url}`,
    );
    expect(idle.stderr).not.toMatch(/^ {4}at /m);
    expect(await counted.exitCode()).toBe(2);
    expect(counted.stderr).toContain('not ready after 5.5 s');
  });

  it('ends with 2 and says which service does not answer, also when it takes connections', async (test) => {
    const bench = workbench(test);
    const sqs = await bench.sqs();
    const proxy = await bench.proxy(sqs.url);
    proxy.silent = true;
    const project = await bench.project({
      functions: { work },
      mappings: [mapping],
      endpoints: { sqs: proxy.url },
    });
    const command = project.run('--until-idle', '--timeout=6');

    expect(await command.exitCode()).toBe(2);
    expect(command.stderr).toMatch(/not ready after 6 s: orders: .*queue orders/);
  });

  it('ends with 1 at the latest after --stop-after, when there was more to do', async (test) => {
    const bench = workbench(test);
    const sqs = await bench.sqs();
    await sqs.createQueue('orders');
    await sqs.sendAll('orders', ['{"do":"nothing"}']);
    await sqs.createQueue('later', { DelaySeconds: '600' });
    await sqs.send('later', '{"do":"nothing"}');
    const project = await bench.project({
      functions: { work },
      mappings: [mapping, { ...mapping, EventSourceArn: arn('later') }],
      endpoints: { sqs: sqs.url },
    });
    const command = project.run('--until-idle', '--stop-after=5');

    expect(await command.exitCode()).toBe(1);
    expect(command.stderr).toContain('millrace: ended by --stop-after with more to do');
    expect(command.of('later', 'received')).toEqual([]);
  });

  it('ends with 2 when a function does not load, also when there was nothing to do', async (test) => {
    const bench = workbench(test);
    const sqs = await bench.sqs();
    await sqs.createQueue('orders');
    const project = await bench.project({
      functions: { work: { Handler: 'handlers/does-not-load.handler' } },
      mappings: [mapping],
      endpoints: { sqs: sqs.url },
    });
    const command = project.run('--until-idle=0.5');

    expect(await command.exitCode()).toBe(2);
    expect(command.stderr).toContain('millrace: function work does not load: Runtime.ImportModuleError: ');
  });

  it('waits for delayed messages before it calls a queue idle', async (test) => {
    const bench = workbench(test);
    const sqs = await bench.sqs();
    await sqs.createQueue('orders');
    const project = await bench.project({
      functions: { work },
      mappings: [mapping],
      endpoints: { sqs: sqs.url },
    });
    const send = project.millrace(['send', 'orders', '{"do":"nothing"}', '--delay', '5']);
    expect(await send.exitCode()).toBe(0);
    const command = project.run('--until-idle=0.2');

    expect(await command.exitCode()).toBe(0);
    expect(command.all('settled').flatMap(({ records }) => records)).toEqual([send.stdout]);
  });

  it('ends as usual when nobody reads its output any more', async (test) => {
    const bench = workbench(test);
    const sqs = await bench.sqs();
    await sqs.createQueue('orders');
    await sqs.send('orders', '{"do":"nothing"}');
    const project = await bench.project({
      functions: { work },
      mappings: [mapping],
      endpoints: { sqs: sqs.url },
    });
    const command = project.run('--until-idle=0.5');
    await command.entry('notice');
    command.stopReading();

    expect(await command.exitCode()).toBe(0);
    expect(command.stderr).not.toMatch(/EPIPE/);
    expect(await sqs.depth('orders')).toEqual(empty);
  });

  it('ends with 130 after a signal, also while it waits for idleness', async (test) => {
    const bench = workbench(test);
    const sqs = await bench.sqs();
    await sqs.createQueue('orders');
    const project = await bench.project({
      functions: { work },
      mappings: [mapping],
      endpoints: { sqs: sqs.url },
    });
    const command = project.run('--until-idle=600');
    await command.entry('state-changed', ({ state }) => state === 'polling');
    command.interrupt();

    expect(await command.exitCode()).toBe(130);
    expect(command.all('state-changed').at(-1)?.state).toBe('stopped');
  });

  it('writes journal entries and nothing else to standard output with --json', async (test) => {
    const bench = workbench(test);
    const sqs = await bench.sqs();
    await sqs.createQueue('orders');
    await sqs.send('orders', told({ do: 'print' }));
    const project = await bench.project({
      functions: { work },
      mappings: [{ ...mapping, Tags: { team: 'shop' } }],
      endpoints: { sqs: sqs.url },
    });
    const command = project.run('--until-idle=0.5', '--log-level=debug');

    expect(await command.exitCode()).toBe(0);
    expect(command.plainLines).toEqual([]);
    for (const entry of command.entries) {
      expect(entry).toMatchObject({ v: 2, at: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:]{8}\.\d{3}Z$/) as unknown });
    }
    expect(new Set(command.entries.map(({ type }) => type))).not.toContain('not-ours');
    const levels = command
      .all('function-log')
      .filter(({ message }) => !message.startsWith('event '))
      .map(({ level, message }) => `${level}: ${message}`);
    expect(levels.toSorted()).toEqual([
      'error: an error',
      'error: raw error output',
      'info: no end of line',
      'info: {"v":1,"type":"not-ours"}',
      'warn: a warning',
    ]);
    expect(command.stderr).toMatch(/listening on http:\/\/127\.0\.0\.1:\d+ \(Lambda API, \/health, \/metrics\)/);
    expect(command.stderr).toContain('a warning');
    expect(command.stderr).toMatch(/orders → work +stopped/);
    const order = ['received', 'batched', 'invoked', 'succeeded', 'settled'];
    expect(command.entries.map(({ type }) => type as string).filter((type) => order.includes(type))).toEqual(order);
  });

  it('writes the same entries to the journal of the state folder', async (test) => {
    const bench = workbench(test);
    const sqs = await bench.sqs();
    await sqs.createQueue('orders');
    await sqs.send('orders', told({ do: 'nothing', secret: 'kept out' }));
    const project = await bench.project({
      functions: { work: { Handler: 'handlers/keeps-list.handler', Environment: { Variables: { LIST: 'list.txt' } } } },
      mappings: [mapping],
      endpoints: { sqs: sqs.url },
    });
    const command = project.run('--until-idle=0.5', '--state', 'here');

    expect(await command.exitCode()).toBe(0);
    const [file = '', ...others] = await readdir(project.path('here/journal'));
    const text = await project.read(`here/journal/${file}`);
    expect(others).toEqual([]);
    const stored = text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown);
    expect(stored).toEqual(command.entries);
    expect(text).not.toContain('kept out');
  });

  it('serves its port and nothing else when there are no mappings', async (test) => {
    const bench = workbench(test);
    const project = await bench.project({ mappings: [] });
    const command = project.run();
    const answer = await fetch(`${await command.address()}/health`);

    expect(await answer.json()).toEqual({ status: 'ok', mappings: [], functions: [] });
    command.interrupt();
    expect(await command.exitCode()).toBe(130);
  });

  it('ends with 2 when the port that --port names is taken', async (test) => {
    const bench = workbench(test);
    const project = await bench.project({ mappings: [] });
    const first = project.run();
    const { port } = new URL(await first.address());
    const second = project.millrace(['run', '--port', port, '--state', 'other']);

    expect(await second.exitCode()).toBe(2);
    expect(second.stderr).toContain(`millrace: port ${port} is in use by another program. Stop that program`);
  });

  it('takes the next free port when the default one is taken, and says so', async (test) => {
    const bench = workbench(test);
    const project = await bench.project({ mappings: [] });
    const taken = createServer();
    await new Promise<void>((resolve) => {
      taken.once('error', () => resolve()).listen(9400, '127.0.0.1', resolve); // an error: it is taken already
    });
    try {
      const command = project.millrace(['run']);
      const address = new URL(await command.address());

      expect(Number(address.port)).toBeGreaterThan(9400);
      expect(Number(address.port)).toBeLessThan(9420);
      expect((await fetch(`${address.origin}/health`)).status).toBe(200);
    } finally {
      taken.close();
    }
  });

  it('refuses requests that call it by a name it was not told, and takes those it was', async (test) => {
    const bench = workbench(test);
    const project = await bench.project({ mappings: [] });
    const command = project.run('--allow-host', 'millrace.test');
    const address = new URL(await command.address());

    expect(await asked(address, 'evil.example')).toEqual({
      status: 403,
      message: expect.stringMatching(/^the Host header "evil\.example" is not one this port answers to/) as unknown,
    });
    expect(await asked(address, `millrace.test:${address.port}`)).toEqual({ status: 200, message: undefined });
    expect(await asked(address, `localhost:${address.port}`)).toEqual({ status: 200, message: undefined });
    expect(await asked(address, address.host, { origin: 'http://evil.example' })).toMatchObject({ status: 403 });
  });

  it('ends with 2 when another process uses its state folder, and goes on when that one is gone', async (test) => {
    const bench = workbench(test);
    const project = await bench.project({ mappings: [] });
    const first = project.run();
    await first.address();
    const second = project.run();

    expect(await second.exitCode()).toBe(2);
    expect(second.stderr).toContain(`the state folder ${project.path('.millrace')} is in use by process ${first.pid}`);
    expect(second.stderr).not.toMatch(/^ {4}at /m);
    await first.kill();
    const third = project.run();
    await third.address();
    third.interrupt();
    expect(await third.exitCode()).toBe(130);
  });

  it('ends with 2 when the report cannot be written', async (test) => {
    const bench = workbench(test);
    const project = await bench.project({ mappings: [] });
    await project.write('file', 'not a folder');
    const command = project.run('--until-idle=0', '--report=file/report.json');

    expect(await command.exitCode()).toBe(2);
    expect(command.stderr).toContain('--report=file/report.json: the report cannot be written');
  });
});

describe.concurrent('millrace with a configuration that is not valid', patient, () => {
  const rows = [
    {
      what: 'an unknown key',
      yaml: 'functions:\n  work:\n    Handler: handlers/as-told.handler\n    TimeOut: 3\nmappings: []\n',
      says: [/millrace\.yaml:4:5: .*TimeOut/, /Timeout/],
    },
    {
      what: 'a value out of range',
      yaml: `functions:\n  work: { Handler: a.b }\nmappings:\n  - FunctionName: work\n    EventSourceArn: ${arn('q')}\n    BatchSize: 20000\n`,
      says: [/millrace\.yaml:6:16: .*BatchSize/],
    },
    {
      what: 'a batch size that needs a window',
      yaml: `functions:\n  work: { Handler: a.b }\nmappings:\n  - FunctionName: work\n    EventSourceArn: ${arn('q')}\n    BatchSize: 11\n`,
      says: [
        /millrace\.yaml:6:\d+: .*BatchSize/,
        /Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10/,
      ],
    },
    {
      what: 'a function that does not exist',
      yaml: `functions: {}\nmappings:\n  - FunctionName: nobody\n    EventSourceArn: ${arn('q')}\n`,
      says: [/millrace\.yaml:3:19: .*nobody/],
    },
    {
      what: 'a variable that is not set',
      yaml: 'region: ${NO_SUCH_REGION}\nmappings: []\n',
      says: [/millrace\.yaml:1:9: .*NO_SUCH_REGION/],
    },
    { what: 'broken YAML', yaml: 'functions:\n  a: [1\nmappings: []\n', says: [/millrace\.yaml:\d:\d+/] },
  ];

  for (const { what, yaml, says } of rows) {
    it(`ends with 2 and says where: ${what}`, async (test) => {
      const bench = workbench(test);
      const project = await bench.project(yaml);
      const command = project.run();

      expect(await command.exitCode()).toBe(2);
      for (const text of says) expect(command.stderr).toMatch(text);
      expect(command.stderr).not.toMatch(/^ {4}at /m);
      expect(command.plainLines).toEqual([]);
    });
  }

  it('ends with 2 when there is none', async (test) => {
    const bench = workbench(test);
    const project = await bench.project({ mappings: [] });
    const command = project.millrace(['run', 'handlers']);

    expect(await command.exitCode()).toBe(2);
    expect(command.stderr).toContain(`no configuration in ${project.path('handlers')}: looked for millrace.yaml`);
  });

  it.for([
    { what: 'waits for what never comes', code: 'await new Promise(() => {});\n' },
    { what: 'ends the process', code: 'process.exit(0);\n' },
  ])('ends with 2, and says so, when a configuration module $what', async ({ code }, test) => {
    const bench = workbench(test);
    const project = await bench.project({ mappings: [] });
    await writeFile(project.path('odd.mjs'), code);
    const command = project.millrace(['check', '--config', 'odd.mjs']);
    expect(await command.exitCode()).toBe(2);
    expect(command.stderr).toContain('ended before it was done');
  });

  it('ends with 2 when an option does not exist', async (test) => {
    const bench = workbench(test);
    const project = await bench.project({ mappings: [] });
    const command = project.millrace(['run', '--until-done']);

    expect(await command.exitCode()).toBe(2);
    expect(command.stderr).toContain("unknown option '--until-done'");
  });

  it('refuses account 000000000000 without an endpoint: a production queue must not be read unnoticed', async (test) => {
    const bench = workbench(test);
    const project = await bench.project({ functions: { work }, mappings: [mapping] });
    const command = project.run();

    expect(await command.exitCode()).toBe(2);
    expect(command.stderr).toMatch(/000000000000/);
    expect(command.stderr).toMatch(/endpoints/);
    expect(command.stderr).not.toMatch(/^ {4}at /m);
  });
});

/** `fetch` does not let anybody choose the Host header. */
async function asked(
  address: URL,
  host: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<{ readonly status: number | undefined; readonly message: string | undefined }> {
  return new Promise((resolve, reject) => {
    const sent = request(new URL('/health', address), { headers: { host, ...headers } }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('end', () => {
        const { Message } = JSON.parse(Buffer.concat(chunks).toString()) as { readonly Message?: string };
        resolve({ status: answer.statusCode, message: Message });
      });
    });
    sent.once('error', reject).end();
  });
}
