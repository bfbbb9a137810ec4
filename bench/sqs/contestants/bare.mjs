// The client library alone: receives and deletes, in as many loops as millrace has batches in hand at most.
import { createClient, sdk } from '../queues.mjs';

const [endpoint, QueueUrl, loops] = process.argv.slice(2);
const client = createClient(endpoint);
const receive = {
  QueueUrl,
  MaxNumberOfMessages: 10,
  WaitTimeSeconds: 2,
  MessageAttributeNames: ['All'],
  MessageSystemAttributeNames: ['All'],
  AttributeNames: ['All'],
};

async function loop() {
  for (;;) {
    const { Messages = [] } = await client.send(new sdk.ReceiveMessageCommand(receive));
    if (Messages.length === 0) continue;
    const Entries = Messages.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle }));
    await client.send(new sdk.DeleteMessageBatchCommand({ QueueUrl, Entries }));
  }
}

await Promise.all(Array.from({ length: Number(loops) }, loop));
