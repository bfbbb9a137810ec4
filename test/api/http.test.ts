import { request } from 'node:http';
import { connect, createServer, type AddressInfo, type Server } from 'node:net';
import { Hono } from 'hono';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startHttp, type HttpOptions, type HttpPort } from '../../src/api/http.js';
import { systemClock } from '../../src/platform/clock.js';
import { systemRandom } from '../../src/platform/random.js';
import { VirtualClock } from '../fakes/virtual-clock.js';

const health = {
  mappings: [{ name: 'orders', state: 'waiting', reason: 'queue orders does not exist', secret: 'x' }],
  functions: [{ name: 'process-orders', state: 'ready', reason: 'loaded in 80 ms' }],
};

describe('GET /health', () => {
  it('tells what every mapping and function is doing, and nothing else', async () => {
    const { url } = await start();
    const response = await fetch(`${url}/health`);
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({
      status: 'ok',
      mappings: [{ name: 'orders', state: 'waiting', reason: 'queue orders does not exist' }],
      functions: health.functions,
    });
  });

  it('answers HEAD without a body', async () => {
    const { url } = await start();
    const response = await fetch(`${url}/health`, { method: 'HEAD' });
    expect(response.status).toBe(200);
    expect(await response.text()).toBe('');
  });

  it.each(['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'])('answers %s with 405 and what is allowed', async (method) => {
    const { url } = await start();
    const response = await fetch(`${url}/health`, { method });
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe('GET, HEAD');
    expect(await response.json()).toMatchObject({ Type: 'User' });
  });
});

describe('the HTTP port', () => {
  it('answers unknown paths as AWS does', async () => {
    const { url } = await start();
    const response = await fetch(`${url}/2015-03-31/nothing`);
    expect(response.status).toBe(404);
    expect(response.headers.get('x-amzn-errortype')).toBe('UnknownOperationException');
    expect(await response.json()).toEqual({ Type: 'User', message: 'there is nothing at GET /2015-03-31/nothing' });
  });

  it.each([
    ['a foreign Host', { host: 'evil.example' }],
    ['a foreign Origin', { origin: 'https://evil.example' }],
    ['a null Origin', { origin: 'null' }],
  ])('refuses %s on every path, with a reason', async (_, headers) => {
    const { port } = await start();
    for (const path of ['/health', '/nowhere']) {
      const { status, body } = await get(port, path, headers);
      expect(status).toBe(403);
      expect(JSON.parse(body)).toMatchObject({
        Type: 'User',
        Message: expect.stringContaining('--allow-host') as string,
      });
    }
  });

  it('allows hosts that the user added', async () => {
    const { port } = await start({ allowHosts: ['devbox'] });
    expect((await get(port, '/health', { host: 'devbox:1', origin: 'http://devbox' })).status).toBe(200);
  });

  it('carries further routes, behind the same guards', async () => {
    const routes = new Hono()
      .get('/more', (c) => c.text('more'))
      .get('/broken', () => {
        throw new Error('the password is hunter2');
      });
    const defects: Error[] = [];
    const { url, port } = await start({ routes: [routes], defect: (error) => defects.push(error) });
    expect(await (await fetch(`${url}/more`)).text()).toBe('more');
    expect((await get(port, '/more', { host: 'evil.example' })).status).toBe(403);
    const broken = await fetch(`${url}/broken`);
    expect(broken.status).toBe(500);
    expect(await broken.text()).not.toContain('hunter2');
    expect(defects).toHaveLength(1);
  });

  it.each([
    ['garbage', 'nonsense\r\n\r\n', /^HTTP\/1.1 400/],
    ['no Host', 'GET /health HTTP/1.1\r\n\r\n', /^HTTP\/1.1 400/],
    ['a Host that is none', 'GET /health HTTP/1.1\r\nHost: a b/c@\r\nConnection: close\r\n\r\n', /^HTTP\/1.1 40[03]/],
    ['huge headers', `GET /health HTTP/1.1\r\nHost: localhost\r\nX: ${'x'.repeat(100_000)}\r\n\r\n`, /^HTTP\/1.1 431/],
    [
      'a strange path',
      'GET //%ff%00/../../etc/passwd HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n',
      /^HTTP\/1.1 40[04]/,
    ],
    [
      'an announced body that is too large',
      'POST /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 99999999999\r\n\r\n',
      /^HTTP\/1.1 413/,
    ],
  ])('survives %s', async (_, bytes, answer) => {
    const { url, port } = await start();
    expect(await sent(port, bytes)).toMatch(answer);
    expect((await fetch(`${url}/health`)).status).toBe(200);
  });

  it('survives a body without end', async () => {
    const { url, port } = await start();
    const chunk = `10000\r\n${'x'.repeat(0x1_00_00)}\r\n`;
    const answer = await sent(
      port,
      `POST /nowhere HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n${chunk.repeat(300)}`,
    );
    expect(answer).toMatch(/^HTTP\/1.1 411/);
    expect((await fetch(`${url}/health`)).status).toBe(200);
  });
});

describe('the port number', () => {
  it('is the next free one when the default is taken, and is told', async () => {
    const { port: taken } = await start();
    const next = await start({ port: taken });
    expect(next.port).toBeGreaterThan(taken);
    expect(next.url).toBe(`http://127.0.0.1:${next.port}`);
    expect((await fetch(`${next.url}/health`)).status).toBe(200);
  });

  it('is an error when the user named it and it is taken, with what to do', async () => {
    const { port } = await start();
    await expect(start({ port, explicitPort: true })).rejects.toMatchObject({
      code: 'PORT_TAKEN',
      message: `port ${port} is in use by another program. Stop that program, name another port with --port, or leave --port out to get the next free one.`,
    });
  });

  it('is given up after 20 tries', async () => {
    const blockers = await twentyInARow();
    await expect(start({ port: blockers })).rejects.toMatchObject({
      code: 'PORT_TAKEN',
      message: expect.stringContaining(`ports ${blockers} to ${blockers + 19} are all in use`) as string,
    });
  });

  it('may be chosen by the system', async () => {
    expect((await start({ port: 0, explicitPort: true })).port).toBeGreaterThan(0);
  });

  it('belongs to an address of this machine', async () => {
    await expect(start({ host: '203.0.113.7' })).rejects.toMatchObject({
      code: 'CONFIGURATION_INVALID',
      message: expect.stringMatching(/^--host 203\.0\.113\.7: cannot listen there/) as string,
    });
  });

  it('is open to this machine only unless another host is given', async () => {
    expect((await start()).url).toMatch(/^http:\/\/127\.0\.0\.1:/);
    expect((await start({ host: '0.0.0.0' })).url).toMatch(/^http:\/\/localhost:/);
  });
});

describe('closing', () => {
  it('ends idle keep-alive connections at once', async () => {
    const clock = new VirtualClock();
    const server = await start({ clock });
    await (await fetch(`${server.url}/health`)).text(); // fetch keeps its connection
    await server.close();
    expect(clock.pending).toBe(0);
    await expect(fetch(`${server.url}/health`)).rejects.toThrow('fetch failed');
  });

  it('gives answers that never end a moment, not more, and may be asked for twice', async () => {
    const clock = new VirtualClock();
    const feed = new Hono().get('/feed', (c) =>
      c.body(new ReadableStream({ start: (out) => out.enqueue(new TextEncoder().encode('first')) })),
    );
    const server = await start({ clock, routes: [feed] });
    const response = await fetch(`${server.url}/feed`);
    const closing = Promise.all([server.close(), server.close()]);
    await clock.advance(200);
    await closing;
    await expect(response.text()).rejects.toThrow('terminated');
  });

  it('frees the port', async () => {
    const server = await start();
    await server.close();
    expect((await start({ port: server.port, explicitPort: true })).port).toBe(server.port);
  });
});

async function start(given: Partial<HttpOptions> = {}): Promise<HttpPort> {
  const server = await startHttp({
    host: '127.0.0.1',
    port: given.port ?? (await freePort()),
    explicitPort: false,
    allowHosts: [],
    health: () => health,
    clock: systemClock,
    random: systemRandom,
    ...given,
  });
  onTestFinished(() => server.close());
  return server;
}

async function freePort(): Promise<number> {
  const server = await listening(0);
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Takes 20 ports in a row and gives the first. */
async function twentyInARow(): Promise<number> {
  for (let first = 20_000; ; first += 20) {
    const attempts = Array.from({ length: 20 }, (_, index) => listening(first + index));
    const results = await Promise.allSettled(attempts);
    const servers = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
    const close = (): void => servers.forEach((server) => server.close());
    if (servers.length === attempts.length) {
      onTestFinished(close);
      return first;
    }
    close();
  }
}

function listening(port: number): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve(server));
  });
}

function get(port: number, path: string, headers: Record<string, string>): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const call = request({ host: '127.0.0.1', port, path, headers, agent: false }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (text: string) => (body += text));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
    });
    call.on('error', reject).end();
  });
}

/** What comes back for these bytes, up to the first answer or the end of the connection. */
function sent(port: number, bytes: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes));
    let answer = '';
    socket.on('data', (data) => {
      answer += data.toString();
      if (answer.includes('\r\n\r\n')) socket.destroy();
    });
    socket.on('error', () => {}); // the server may hang up in the middle of what it refuses
    socket.on('close', () => resolve(answer));
  });
}
