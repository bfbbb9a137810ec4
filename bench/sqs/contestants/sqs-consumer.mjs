// sqs-consumer as its documentation shows it, several consumers in one process; the handler is a function of that process.
import { Consumer } from 'sqs-consumer';
import { createClient } from '../queues.mjs';

const [endpoint, queueUrl, consumers] = process.argv.slice(2);
const sqs = createClient(endpoint);

for (let count = Number(consumers); count > 0; count--) {
  const consumer = Consumer.create({
    queueUrl,
    sqs,
    batchSize: 10,
    waitTimeSeconds: 2,
    messageAttributeNames: ['All'],
    messageSystemAttributeNames: ['All'],
    attributeNames: ['All'],
    handleMessageBatch: async (messages) => messages,
  });
  consumer.on('error', (error) => console.error(error.message));
  consumer.start();
}
