// The SQS server of all benchmarks, in a process of its own. It also holds the stopwatch: for a watched queue it tells
// when the first message was handed out and when shares of all messages, and the last one, had been deleted.
import { buildApp } from 'fauxqs';

// Part of the package, but not of its public interface: the app alone cannot tell how full a queue is without copying it.
const { SqsStore } = await import(new URL('./sqs/sqsStore.js', import.meta.resolve('fauxqs')).href);

const shares = [0.1, 0.25, 0.5, 0.75, 1];
const store = new SqsStore();
// Queue URLs that lead to this server as they are: not every client takes an endpoint beside the URL.
store.buildQueueUrl = (name, port) => `http://127.0.0.1:${port}/000000000000/${name}`;
const app = buildApp({ logger: false, stores: { sqsStore: store } });
let watch;

app.server.on('request', (request, response) => {
  const action = String(request.headers['x-amz-target']).replace('AmazonSQS.', '');
  if (action === 'ReceiveMessage') response.once('finish', handedOut);
  else if (action.startsWith('DeleteMessage')) response.once('finish', deleted);
});

function handedOut() {
  if (watch === undefined || watch.startedAt !== undefined || queue().inflightMessages.size === 0) return;
  watch.startedAt = performance.now();
  process.send({ type: 'started' });
}

function deleted() {
  if (watch?.startedAt === undefined) return;
  const { messages, inflightMessages } = queue();
  const done = watch.total - messages.length - inflightMessages.size;
  while (watch.reached.length < shares.length && done >= watch.total * shares[watch.reached.length]) {
    watch.reached.push({ share: shares[watch.reached.length], ms: performance.now() - watch.startedAt });
  }
  if (done < watch.total) return;
  process.send({ type: 'empty', reached: watch.reached });
  watch = undefined;
}

function queue() {
  return store.getQueueByName(watch.queue);
}

process.on('message', ({ queue: name, total }) => {
  watch = { queue: name, total, startedAt: undefined, reached: [] };
  process.send({ type: 'watching' });
});
process.on('disconnect', () => process.exit(0));
process.send({ type: 'listening', url: await app.listen({ port: 0, host: '127.0.0.1' }) });
