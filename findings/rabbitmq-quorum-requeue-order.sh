#!/usr/bin/env bash
# RabbitMQ 3.10.8 (Debian 12), amqplib 2.3.1, 2026-12-01.
# Expected: a message that is given back (nack with requeue) returns to its old place, as the documentation of classic
# queues has it. Seen: on a quorum queue it depends on a setting that says nothing about order. Without x-delivery-limit the
# messages go to the end of the queue and are overtaken; with a limit they return to their place. Closing the channel instead
# returns them to their place on both. Whoever consumes a quorum queue in order must hold a failed batch, or close the channel.
# Output: classic 012345 / quorum 345012 / quorum with x-delivery-limit 012345 / quorum, channel closed 012345
. "$(dirname "$0")/brokers/rabbitmq.sh"
cat >probe.mjs <<'JS'
import amqp from 'amqplib';
const connection = await amqp.connect(process.env.AMQP_URL);
const channel = await connection.createChannel();
const soon = () => new Promise((resolve) => setTimeout(resolve, 500));
async function order(name, args, giveBack) {
  await channel.assertQueue(name, { durable: true, arguments: args });
  for (const body of '012345') channel.sendToQueue(name, Buffer.from(body));
  await soon();
  const other = await connection.createChannel();
  const taken = [await other.get(name), await other.get(name), await other.get(name)];
  if (giveBack === 'close') await other.close();
  else for (const message of taken) other.nack(message);
  await soon();
  let bodies = '';
  for (let message; (message = await channel.get(name, { noAck: true })); ) bodies += message.content;
  return bodies;
}
const quorum = { 'x-queue-type': 'quorum' };
const seen = [
  ['classic', await order('a', {}), '012345'],
  ['quorum', await order('b', quorum), '345012'],
  ['quorum with x-delivery-limit', await order('c', { ...quorum, 'x-delivery-limit': 50 }), '012345'],
  ['quorum, channel closed', await order('d', quorum, 'close'), '012345'],
];
for (const [what, got] of seen) console.log(what, got);
await connection.close();
process.exitCode = seen.every(([, got, expected]) => got === expected) ? 0 : 1;
JS
node probe.mjs
