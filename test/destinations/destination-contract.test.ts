import { createServer, type AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { FailureDestination } from '../../src/contracts/failure-destination.js';
import { createDestination } from '../../src/destinations/registry.js';
import type { DestinationRef } from '../../src/destinations/reach.js';
import { FaultProxy } from '../fakes/fault-proxy.js';
import { destinationRef, reachOf, startTestAws, type TestAws } from './embedded-aws.js';
import { failureReport } from './failure-report.js';

interface Kind {
  readonly kind: DestinationRef['kind'];
  /** Queue, topic or bucket. */
  readonly label: string;
  readonly permission: string;
  readonly create: (aws: TestAws, name: string) => Promise<void>;
  /** The texts that arrived, without what the destination adds. */
  readonly arrived: (aws: TestAws, name: string) => Promise<readonly unknown[]>;
}

const kinds: readonly Kind[] = [
  {
    kind: 'sqs',
    label: 'queue',
    permission: 'sqs:SendMessage',
    create: async (aws, name) => void (await aws.createQueue(name)),
    arrived: async (aws, name) => (await aws.receiveAll(name)).map(({ Body = '' }) => JSON.parse(Body) as unknown),
  },
  {
    kind: 'sns',
    label: 'topic',
    permission: 'sns:Publish',
    create: async (aws, name) => {
      await aws.createTopic(name);
      await aws.createQueue(`${name}-subscriber`);
      await aws.subscribe(name, `${name}-subscriber`, true);
    },
    arrived: async (aws, name) =>
      (await aws.receiveAll(`${name}-subscriber`)).map(({ Body = '' }) => JSON.parse(Body) as unknown),
  },
  {
    kind: 's3',
    label: 'bucket',
    permission: 's3:PutObject',
    create: (aws, name) => aws.createBucket(name),
    arrived: async (aws, name) => {
      const objects = (await aws.keys(name)).map(async (key) => {
        const { Body } = await aws.object(name, key);
        const { payload: _, ...document } = JSON.parse((await Body?.transformToString()) ?? '') as { payload: string };
        return document;
      });
      return Promise.all(objects);
    },
  },
];

let aws: TestAws;
beforeAll(async () => {
  aws = await startTestAws();
});
afterAll(() => aws.close());

const opened: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const each of opened.splice(0)) await each.close();
});

let targets = 0;
const newName = (): string => `failures-${++targets}`;

function open(ref: DestinationRef, endpoint: string): FailureDestination {
  const destination = createDestination(ref, reachOf(endpoint));
  opened.push(destination);
  return destination;
}

async function openProxy(): Promise<FaultProxy> {
  const proxy = await FaultProxy.start(aws.url);
  opened.push(proxy);
  return proxy;
}

describe.each(kinds)('a destination of kind $kind', ({ kind, label, permission, create, arrived }) => {
  it(`is called ${label}, and by its ARN`, () => {
    const ref = destinationRef(kind, 'failures');
    expect(open(ref, aws.url)).toMatchObject({ label: `${label} failures`, arn: ref.arn });
  });

  it('gets each document as it is, one for each report', async () => {
    const name = newName();
    await create(aws, name);
    const destination = open(destinationRef(kind, name), aws.url);
    const reports = [failureReport('r-1'), failureReport('r-2'), failureReport('r-3')];
    await Promise.all(reports.map((report) => destination.deliver(report)));

    const got = await arrived(aws, name);
    expect(got).toHaveLength(3);
    expect(got).toEqual(expect.arrayContaining(reports.map(({ document }) => document)));
  });

  it('that does not exist says so, and is told by a later call when it does', async () => {
    const name = newName();
    const destination = open(destinationRef(kind, name), aws.url);
    await expect(destination.deliver(failureReport())).rejects.toMatchObject({
      name: 'SourceError',
      kind: 'missing',
      message: `it does not exist at ${aws.url}; create it, or check name, account and region of its ARN`,
    });

    await create(aws, name);
    await destination.deliver(failureReport());
    expect(await arrived(aws, name)).toEqual([failureReport().document]);
  });

  it('whose server is down says where it was looked for, and is told by a later call when it is up', async () => {
    const name = newName();
    const port = await freePort();
    const destination = open(destinationRef(kind, name), `http://127.0.0.1:${port}`);
    await expect(destination.deliver(failureReport())).rejects.toMatchObject({
      kind: 'unreachable',
      message: expect.stringMatching(
        `no answer from http://127.0.0.1:${port} .*; start the service there, or correct endpoints.${kind}$`,
      ) as unknown,
    });

    const late = await startTestAws(port);
    opened.push(late);
    await create(late, name);
    await destination.deliver(failureReport());
    expect(await arrived(late, name)).toEqual([failureReport().document]);
  });

  it('whose connection breaks is told by a later call', async () => {
    const name = newName();
    await create(aws, name);
    const proxy = await openProxy();
    const destination = open(destinationRef(kind, name), proxy.url);
    await destination.deliver(failureReport('r-1'));
    proxy.refuse = true;
    proxy.cut();
    await expect(destination.deliver(failureReport('r-2'))).rejects.toMatchObject({ kind: 'unreachable' });
    proxy.refuse = false;
    await destination.deliver(failureReport('r-3'));

    const got = await arrived(aws, name);
    expect(got).toHaveLength(2);
    expect(got).toEqual(expect.arrayContaining([failureReport('r-1').document, failureReport('r-3').document]));
  });

  it('whose server is silent is waited for no longer than five seconds', async () => {
    const name = newName();
    await create(aws, name);
    const proxy = await openProxy();
    proxy.silent = true;
    const destination = open(destinationRef(kind, name), proxy.url);
    const started = performance.now();
    await expect(destination.deliver(failureReport())).rejects.toMatchObject({ kind: 'unreachable' });
    expect(performance.now() - started).toBeGreaterThan(4_000);
    expect(performance.now() - started).toBeLessThan(8_000);
  });

  it('that refuses says which permission it takes', async () => {
    const { url } = await answeringServer('403 Forbidden');
    const destination = open(destinationRef(kind, 'failures'), url);
    await expect(destination.deliver(failureReport())).rejects.toMatchObject({
      kind: 'denied',
      message: expect.stringContaining(permission) as unknown,
    });
  });

  it('is found when it is there, and told nothing by that; one that is not there is missing', async () => {
    const name = newName();
    await create(aws, name);
    await open(destinationRef(kind, name), aws.url).find();
    expect(await arrived(aws, name)).toEqual([]);
    await expect(open(destinationRef(kind, newName()), aws.url).find()).rejects.toMatchObject({ kind: 'missing' });
  });

  it('that fails is asked once for each call: trying again is for the caller to decide', async () => {
    const server = await answeringServer('500 Internal Server Error');
    const destination = open(destinationRef(kind, 'failures'), server.url);
    await expect(destination.deliver(failureReport())).rejects.toMatchObject({ kind: 'failed' });
    expect(server.requests).toBe(1);
  });

  it('leaves no connection behind when it is closed, and may be closed unused', async () => {
    const name = newName();
    await create(aws, name);
    const proxy = await openProxy();
    const destination = createDestination(destinationRef(kind, name), reachOf(proxy.url));
    await destination.deliver(failureReport());
    expect(proxy.connections).toBeGreaterThan(0);
    await destination.close();
    await expect.poll(() => proxy.connections).toBe(0);
    await createDestination(destinationRef(kind, name), reachOf(proxy.url)).close();
  });
});

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer();
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}

/** Answers every request in the same way. */
async function answeringServer(status: string): Promise<{ readonly url: string; requests: number }> {
  const answering = { url: '', requests: 0 };
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', () => {
      answering.requests++;
      socket.end(`HTTP/1.1 ${status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n`);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  opened.push({ close: () => new Promise((resolve) => server.close(() => resolve())) });
  answering.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return answering;
}
