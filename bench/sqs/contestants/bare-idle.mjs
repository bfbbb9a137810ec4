// The client library alone, waiting for messages on several queues as millrace does: what idling cannot cost less than.
import { createClient, sdk } from '../queues.mjs';

const [endpoint, ...queueUrls] = process.argv.slice(2);

async function loop(QueueUrl) {
  const client = createClient(endpoint);
  for (;;) {
    await client.send(
      new sdk.ReceiveMessageCommand({
        QueueUrl,
        MaxNumberOfMessages: 10,
        WaitTimeSeconds: 2,
        MessageAttributeNames: ['All'],
        MessageSystemAttributeNames: ['All'],
        AttributeNames: ['All'],
      }),
    );
  }
}

await Promise.all(queueUrls.map(loop));
