import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it, type TestContext } from 'vitest';
import { arn, patient, streamArn, workbench } from '../support/workbench.js';
import type { MillraceCommand } from '../support/millrace-command.js';

const collection = '/2015-03-31/event-source-mappings';

interface Described {
  readonly UUID: string;
  readonly State: string;
  readonly BatchSize: number;
}

/** Calls the API of a command that runs. */
async function apiOf(command: MillraceCommand) {
  const url = await command.address();
  const call = async (method: string, path: string, body?: object): Promise<unknown> => {
    const answer = await fetch(`${url}${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${answer.status} ${text}`);
    return text === '' ? undefined : JSON.parse(text);
  };
  const get = (uuid: string) => call('GET', `${collection}/${uuid}`) as Promise<Described>;
  return {
    create: async (body: object) => (await (call('POST', collection, body) as Promise<Described>)).UUID,
    update: (uuid: string, body: object) => call('PUT', `${collection}/${uuid}`, body) as Promise<Described>,
    remove: (uuid: string) => call('DELETE', `${collection}/${uuid}`) as Promise<Described>,
    list: async () =>
      (await (call('GET', collection) as Promise<{ readonly EventSourceMappings: readonly Described[] }>))
        .EventSourceMappings,
    reaches: async (uuid: string, state: string): Promise<Described> => {
      for (;;) {
        const described = await get(uuid);
        if (described.State === state) return described;
        await delay(10);
      }
    },
  };
}

/** Says which version got which bodies; a call takes a moment, so that changes meet calls that run. */
const versions = `
  const pause = () => new Promise((resolve) => setTimeout(resolve, 15));
  const bodies = (event) => event.Records.map((record) => record.body ?? Buffer.from(record.kinesis.data, 'base64').toString());
  const handle = (version) => async (event) => { await pause(); console.log('got ' + JSON.stringify([version, ...bodies(event)])); };
  export const latest = handle('latest');
  export const one = handle('one');
  export const two = handle('two');
`;
const functions = {
  work: {
    Handler: 'handlers/versions.latest',
    Versions: { '1': { Handler: 'handlers/versions.one' }, '2': { Handler: 'handlers/versions.two' } },
    Aliases: { live: { Handler: 'handlers/versions.two' } },
  },
};

/** A command that runs without mappings, with these queues and streams, and its API. */
async function started(test: TestContext, { queues = [], streams = [] }: { queues?: string[]; streams?: string[] }) {
  const bench = workbench(test);
  const [sqs, kinesis] = await Promise.all([bench.sqs(), bench.kinesis()]);
  for (const queue of queues) await sqs.createQueue(queue);
  for (const stream of streams) await kinesis.createStream(stream);
  const endpoints = { sqs: sqs.url, kinesis: kinesis.url };
  const project = await bench.project({ functions, mappings: [], endpoints });
  await project.write('handlers/versions.mjs', versions);
  const command = project.run();
  return { sqs, kinesis, project, command, api: await apiOf(command) };
}

/** What the handlers have said: which version got which bodies, call by call. */
function calls(command: MillraceCommand): readonly (readonly string[])[] {
  return command
    .all('function-log')
    .flatMap(({ message }) => (message.startsWith('got ') ? [JSON.parse(message.slice(4)) as string[]] : []));
}
const bodiesOf = (command: MillraceCommand): readonly string[] => calls(command).flatMap(([, ...bodies]) => bodies);
const numbers = (count: number): readonly string[] => Array.from({ length: count }, (_, index) => `n-${index}`);

describe.concurrent('mappings that are managed over the API', patient, () => {
  it('are there after kill -9 at any moment, as they were answered last', async (test) => {
    const bench = workbench(test);
    const sqs = await bench.sqs();
    await sqs.createQueue('orders');
    const project = await bench.project({ functions, mappings: [], endpoints: { sqs: sqs.url } });
    await project.write('handlers/versions.mjs', versions);
    let command = project.run();
    let api = await apiOf(command);
    const uuid = await api.create({ FunctionName: 'work', EventSourceArn: arn('orders') });
    await api.reaches(uuid, 'Enabled');
    for (const BatchSize of [3, 7, 5]) {
      await api.update(uuid, { BatchSize });
      await command.kill();
      command = project.run();
      api = await apiOf(command);
      expect(await api.list()).toMatchObject([{ UUID: uuid, State: 'Enabled', BatchSize }]);
    }
    await api.remove(uuid);
    await command.kill();
    command = project.run();
    expect(await (await apiOf(command)).list()).toEqual([]);
  });

  it('lose and repeat no message of a queue while they are changed under load', async (test) => {
    const { sqs, command, api } = await started(test, {});
    await sqs.createQueueWithDeadLetters('orders', 1, { VisibilityTimeout: '60' });
    const uuid = await api.create({ FunctionName: 'work', EventSourceArn: arn('orders') });
    await api.reaches(uuid, 'Enabled');
    const sending = (async () => {
      for (let start = 0; start < 400; start += 20) {
        await sqs.sendAll('orders', numbers(400).slice(start, start + 20));
        await delay(20);
      }
    })();
    const changes = [
      { BatchSize: 3 },
      { FunctionName: 'work:1' },
      { BatchSize: 20, MaximumBatchingWindowInSeconds: 1 },
      { ScalingConfig: { MaximumConcurrency: 2 } },
      { FunctionName: 'work:live', MaximumBatchingWindowInSeconds: 0, BatchSize: 10 },
    ];
    for (const change of changes) {
      await api.update(uuid, change);
      await api.reaches(uuid, 'Enabled');
    }
    await sending;
    await command.settled(400, 'orders');
    expect(bodiesOf(command).toSorted(byNumber)).toEqual(numbers(400));
    expect(await sqs.depth('orders-dead')).toEqual({ visible: 0, hidden: 0 });
  });

  it('lose and repeat no record of a stream, and keep its order, while they are changed under load', async (test) => {
    const { kinesis, command, api } = await started(test, { streams: ['clicks'] });
    const stream = { EventSourceArn: streamArn('clicks'), StartingPosition: 'TRIM_HORIZON', BatchSize: 7 };
    const uuid = await api.create({ FunctionName: 'work', ...stream });
    await api.reaches(uuid, 'Enabled');
    const sending = (async () => {
      for (let start = 0; start < 300; start += 15) {
        await kinesis.put(
          'clicks',
          numbers(300)
            .slice(start, start + 15)
            .map((body) => ({ body, key: 'k' })),
        );
        await delay(30);
      }
    })();
    const changes = [
      [{ BatchSize: 3 }, 'Enabled'],
      [{ FunctionName: 'work:1' }, 'Enabled'],
      [{ Enabled: false }, 'Disabled'],
      [{ Enabled: true, BatchSize: 10 }, 'Enabled'],
      [{ FunctionName: 'work:2', BisectBatchOnFunctionError: true }, 'Enabled'],
    ] as const;
    for (const [change, state] of changes) {
      await api.update(uuid, change);
      await api.reaches(uuid, state);
    }
    await sending;
    await command.until('all records', () => bodiesOf(command).length >= 300);
    expect(bodiesOf(command)).toEqual(numbers(300));
  });

  it('deliver nothing any more when they are Disabled, and go on where they were when they are Enabled', async (test) => {
    const { kinesis, command, api } = await started(test, { streams: ['clicks'] });
    const stream = { EventSourceArn: streamArn('clicks'), StartingPosition: 'LATEST' };
    const uuid = await api.create({ FunctionName: 'work', ...stream });
    await api.reaches(uuid, 'Enabled');
    await kinesis.put('clicks', ['before']);
    await command.until('the first', () => bodiesOf(command).length === 1);
    await api.update(uuid, { Enabled: false });
    await api.reaches(uuid, 'Disabled');
    await kinesis.put('clicks', ['meanwhile']);
    await delay(1_500);
    expect(bodiesOf(command)).toEqual(['before']);
    await api.update(uuid, { Enabled: true });
    await command.until('the second', () => bodiesOf(command).length === 2);
    expect(bodiesOf(command)).toEqual(['before', 'meanwhile']);
  });

  it('call another version from the next batch on', async (test) => {
    const { sqs, command, api } = await started(test, { queues: ['orders'] });
    const uuid = await api.create({ FunctionName: 'work:1', EventSourceArn: arn('orders') });
    await api.reaches(uuid, 'Enabled');
    const steps = [
      ['work:1', 'one'],
      ['work:2', 'two'],
      ['work', 'latest'],
      ['work:live', 'two'],
    ] as const;
    for (const [index, [FunctionName]] of steps.entries()) {
      await api.update(uuid, { FunctionName });
      await api.reaches(uuid, 'Enabled');
      await sqs.send('orders', `after ${index}`);
      await command.until('the call', () => calls(command).length === index + 1);
    }
    expect(calls(command)).toEqual(steps.map(([, version], index) => [version, `after ${index}`]));
  });

  it('are known to send, check and rewind in another terminal', async (test) => {
    const { kinesis, project, command, api } = await started(test, { queues: ['orders'], streams: ['clicks'] });
    await api.create({ FunctionName: 'work', EventSourceArn: arn('orders') });
    const stream = { EventSourceArn: streamArn('clicks'), StartingPosition: 'TRIM_HORIZON', Enabled: false };
    const uuid = await api.create({ FunctionName: 'work', ...stream });

    const sent = project.millrace(['send', 'orders', 'from another terminal']);
    expect(await sent.exitCode()).toBe(0);
    await command.until('the message', () => bodiesOf(command).includes('from another terminal'));
    const checked = project.millrace(['check']);
    expect(await checked.exitCode()).toBe(0);
    expect(checked.stdout).toContain('mapping orders');
    expect(checked.stdout).toContain('mapping clicks');
    await kinesis.put('clicks', ['too old']);
    const rewound = project.millrace(['rewind', 'clicks', '--to', 'LATEST']);
    expect(await rewound.exitCode()).toBe(0);
    await api.update(uuid, { Enabled: true });
    await api.reaches(uuid, 'Enabled');
    await kinesis.put('clicks', ['new']);
    await command.until('the record', () => bodiesOf(command).includes('new'));
    expect(bodiesOf(command)).not.toContain('too old');
  });

  it('end cleanly with the command, also in the middle of a change', async (test) => {
    const { command, api } = await started(test, { queues: ['orders'] });
    const uuid = await api.create({ FunctionName: 'work', EventSourceArn: arn('orders') });
    await api.reaches(uuid, 'Enabled');
    await api.update(uuid, { BatchSize: 1 });
    command.interrupt();
    expect(await command.exitCode()).toBe(130);
  });
});

function byNumber(one: string, other: string): number {
  return Number(one.slice(2)) - Number(other.slice(2));
}
