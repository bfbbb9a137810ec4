import net from 'node:net';
import { describe, expect, it } from 'vitest';
import { StubError } from '../fakes/sqs-stub.js';
import { empty } from '../support/embedded-sqs.js';
import type { MillraceCommand } from '../support/millrace-command.js';
import { arn, patient, workbench } from '../support/workbench.js';

const functions = { work: { Handler: 'handlers/as-told.echo', Timeout: 30 } };
const mapping = (queue: string) => ({ FunctionName: 'work', EventSourceArn: arn(queue) });

/** What the mapping of a queue has been through. */
const reasons = (command: MillraceCommand, queue: string): readonly string[] =>
  command.of(queue, 'state-changed').map(({ state, because }) => `${state}: ${because}`);

const waitingFor = (command: MillraceCommand, queue: string): Promise<unknown> =>
  command.entry('state-changed', ({ mapping: { name }, state }) => name === queue && state === 'waiting');

describe.concurrent('when a source is in trouble', patient, () => {
  it('a mapping waits, with the reason, for a queue that does not exist; others go on, and nothing is missed', async (test) => {
    const bench = workbench(test);
    const sqs = await bench.sqs();
    await sqs.createQueue('there');
    await sqs.send('there', 'x');
    const project = await bench.project({
      functions,
      mappings: [mapping('later'), mapping('there')],
      endpoints: { sqs: sqs.url },
    });
    const command = project.run('--until-idle=0.5', '--timeout=60');
    await waitingFor(command, 'later');
    await command.settled(1, 'there');
    const health = await (await fetch(`${await command.address()}/health`)).json();

    const reason = `waiting for queue later: it does not exist at ${sqs.url}; create it, or check name, account and region of its ARN`;
    expect(health).toMatchObject({
      mappings: [
        { name: 'later', state: 'waiting', reason },
        { name: 'there', state: 'polling' },
      ],
    });
    expect(command.stderr).toContain(reason);
    await sqs.createQueue('later');
    await sqs.send('later', 'y');
    expect(await command.exitCode()).toBe(0);
    expect(command.events('later').map(({ Records }) => Records.map(({ body }) => body))).toEqual([['y']]);
  });

  it('each answer of a service becomes a reason, and the message is handled as soon as it can be', async (test) => {
    const bench = workbench(test);
    const stub = await bench.stub();
    const errors = {
      denied: new StubError(403, 'AccessDeniedException', 'no identity-based policy allows the action'),
      throttled: new StubError(400, 'RequestThrottled', 'Request was throttled.'),
      failed: new StubError(500, 'InternalError', 'We encountered an internal error.'),
    };
    const project = await bench.project({ functions, mappings: [mapping('orders')], endpoints: { sqs: stub.url } });
    stub.createQueue('orders');
    const command = project.run();
    await command.entry('state-changed', ({ state }) => state === 'polling');
    for (const error of Object.values(errors)) {
      const states = command.all('state-changed').length;
      stub.fail('ReceiveMessage', error);
      stub.send('orders', ['x']);
      await command.atLeast(states + 2, 'state-changed');
    }
    const states = command.all('state-changed').length;
    stub.rubbish = '<html>It works!</html>';
    await command.atLeast(states + 1, 'state-changed');
    stub.rubbish = undefined;
    stub.send('orders', ['x']);
    await command.settled(4, 'orders');

    const polling = 'polling: polling queue orders';
    const went = reasons(command, 'orders');
    expect(went.slice(went.indexOf(polling) + 1)).toEqual([
      `waiting: waiting for queue orders: ${stub.url} denied access (AccessDeniedException: no identity-based policy allows the action); check the credentials and their permissions (sqs:ReceiveMessage, sqs:DeleteMessage, sqs:GetQueueAttributes, sqs:GetQueueUrl)`,
      polling,
      `waiting: waiting for queue orders: ${stub.url} asks to slow down (RequestThrottled: Request was throttled.)`,
      polling,
      `waiting: waiting for queue orders: ${stub.url} answered InternalError: We encountered an internal error.`,
      polling,
      expect.stringMatching(/^waiting: .* answered something that is not SQS, HTTP 200: /),
      polling,
    ]);
    expect(stub.left('orders')).toEqual([]);
  });

  it('a mapping waits for an endpoint that is down at the start, and handles what comes when it is up', async (test) => {
    const bench = workbench(test);
    const port = await freePort();
    const project = await bench.project({
      functions,
      mappings: [mapping('orders')],
      endpoints: { sqs: `http://127.0.0.1:${port}` },
    });
    const command = project.run('--until-idle=0.5', '--timeout=60');
    await waitingFor(command, 'orders');
    expect(reasons(command, 'orders').at(-1)).toMatch(
      new RegExp(`^waiting: waiting for queue orders: no answer from http://127\\.0\\.0\\.1:${port} \\(ECONNREFUSED`),
    );

    const sqs = await bench.sqs(port);
    await sqs.createQueue('orders');
    await sqs.send('orders', 'x');
    expect(await command.exitCode()).toBe(0);
    expect(command.events('orders')).toHaveLength(1);
  });

  it('nothing is lost when the endpoint goes away in the middle of everything, and comes back', async (test) => {
    const bench = workbench(test);
    const sqs = await bench.sqs();
    const proxy = await bench.proxy(sqs.url);
    await sqs.createQueue('orders', { VisibilityTimeout: '3' });
    const bodies = Array.from({ length: 300 }, (_, nr) => `order ${nr}`);
    await sqs.sendAll('orders', bodies);
    const project = await bench.project({
      functions: {
        work: {
          Handler: 'handlers/keeps-list.handler',
          Timeout: 3,
          Environment: { Variables: { LIST: 'list.txt', TAKES_MS: '30' } },
        },
      },
      mappings: [mapping('orders')],
      endpoints: { sqs: proxy.url },
    });
    const command = project.run('--until-idle=1', '--timeout=60');
    for (const settled of [30, 100, 180]) {
      await command.settled(settled, 'orders');
      const waits = (): number => command.all('state-changed').filter(({ state }) => state === 'waiting').length;
      const before = waits();
      proxy.refuse = true;
      proxy.cut();
      await command.until('a mapping that waits', () => waits() > before);
      proxy.refuse = false;
    }

    expect(await command.exitCode()).toBe(0);
    const handled = (await project.read('list.txt')).trimEnd().split('\n');
    expect(new Set(handled)).toEqual(new Set(bodies));
    expect(await sqs.depth('orders')).toEqual(empty);
    expect(reasons(command, 'orders').join('\n')).toMatch(/waiting for queue orders: no answer from .*ECONNRESET/);
  });

  it('a message that could not be deleted at first is deleted later, and not handled twice', async (test) => {
    const bench = workbench(test);
    const stub = await bench.stub();
    stub.createQueue('orders', { VisibilityTimeout: '60' });
    const ids = stub.send('orders', ['a', 'b', 'c']);
    stub.fail('DeleteMessageBatch', new StubError(500, 'InternalError', 'once'), 2);
    for (const id of ids.slice(0, 2)) stub.refuseDelete.set(id, false);
    const project = await bench.project({ functions, mappings: [mapping('orders')], endpoints: { sqs: stub.url } });
    const command = project.run('--until-idle=0.5');

    expect(await command.exitCode()).toBe(0);
    expect(stub.left('orders')).toEqual([]);
    expect(command.all('succeeded')).toHaveLength(1);
    expect(command.all('settle-failed')).toEqual([]);
    expect(command.all('settled').map(({ records }) => records)).toEqual([ids.slice(2), ids.slice(0, 2)]);
    const deletes = stub.requests.filter(({ action }) => action === 'DeleteMessageBatch');
    expect(deletes.map(({ input }) => (input['Entries'] as readonly unknown[]).length)).toEqual([3, 3, 3, 2]);
  });

  it('a delete that is refused for good is told, and the message comes again', async (test) => {
    const bench = workbench(test);
    const stub = await bench.stub();
    stub.createQueue('orders', { VisibilityTimeout: '30' });
    const [id = ''] = stub.send('orders', ['a']);
    stub.refuseDelete.set(id, true);
    const project = await bench.project({ functions, mappings: [mapping('orders')], endpoints: { sqs: stub.url } });
    const command = project.run();
    const failed = await command.entry('settle-failed');

    expect(failed.records).toEqual([id]);
    expect(failed.because).toMatch(
      /^handled, but it could not be deleted \(ReceiptHandleIsInvalid: refused\): the queue delivers it again at /,
    );
    expect(stub.left('orders')).toEqual(['a']);
  });
});

async function freePort(): Promise<number> {
  const server = net.createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as net.AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
