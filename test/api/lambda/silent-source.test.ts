import { createServer, type Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import { expect, it } from 'vitest';
import { startLambdaApi } from '../../support/lambda-api.js';
import { collection, functions, queueArn, streamArn } from '../../support/lambda-world.js';

/** Takes connections, and never answers. */
async function silentServer() {
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket);
    socket.on('close', () => open.delete(socket)).on('error', () => {});
    socket.resume();
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  return {
    url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`,
    /** Resolves when nobody is connected. */
    left: () => Promise.all([...open].map((socket) => new Promise((resolve) => socket.once('close', resolve)))),
    close: () => server.close(),
  };
}

it.each([
  ['queue', { EventSourceArn: queueArn('orders') }],
  ['stream', { EventSourceArn: streamArn('clicks'), StartingPosition: 'LATEST' }],
])('a look at a %s that does not answer ends with the answer to the caller', async (_, source) => {
  const server = await silentServer();
  const api = await startLambdaApi({ functions, endpoints: { sqs: server.url, kinesis: server.url } });
  const created = await api.call('POST', collection, { FunctionName: 'worker', Enabled: false, ...source });
  expect(created).toMatchObject({ status: 202, body: { State: 'Disabled' } });
  const answeredAt = performance.now();
  await server.left();
  expect(performance.now() - answeredAt).toBeLessThan(2_000);
  await api.close();
  server.close();
});
