import { createServer } from 'node:http';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';

/** A server that knows every queue, answers at once, and holds receives back. */
export async function startStub() {
  const held = new Set();
  let onPoll;
  let url;
  const answers = {
    GetQueueUrl: ({ QueueName }) => ({ QueueUrl: `${url}/000000000000/${QueueName}` }),
    GetQueueAttributes: () => ({ Attributes: { VisibilityTimeout: '30' } }),
  };
  const answer = async (request, response) => {
    const at = performance.now();
    const action = String(request.headers['x-amz-target']).replace('AmazonSQS.', '');
    const input = JSON.parse(await text(request));
    response.setHeader('content-type', 'application/x-amz-json-1.0');
    if (action === 'ReceiveMessage') {
      onPoll?.(at);
      held.add(response);
    } else {
      response.end(JSON.stringify(answers[action]?.(input) ?? {}));
    }
  };
  const server = createServer((request, response) => void answer(request, response)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${server.address().port}`;
  return {
    url,
    nextPoll: () => new Promise((resolve) => (onPoll = resolve)),
    /** Lets receives that wait come back empty. */
    release() {
      for (const response of held) response.end('{}');
      held.clear();
    },
    /** From now on every receive comes back empty, so that the process under test can stop. */
    answerAll() {
      onPoll = undefined;
      this.release();
    },
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
