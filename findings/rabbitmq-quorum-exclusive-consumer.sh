#!/usr/bin/env bash
# RabbitMQ 3.10.8 (Debian 12), amqplib 2.3.1, 2026-12-01.
# Expected: while a consumer has a queue exclusively, a second one is refused with 403 ACCESS_REFUSED. Seen: true of classic
# queues; on a quorum queue the flag is accepted and does nothing: the second consumer is accepted and gets half of the
# messages. A poller that relies on exclusive consumption for order has none there.
# Output: classic: refused / quorum: accepted, 50 and 50 of 100
. "$(dirname "$0")/brokers/rabbitmq.sh"
cat >probe.mjs <<'JS'
import amqp from 'amqplib';
const connection = await amqp.connect(process.env.AMQP_URL);
async function second(name, args) {
  const [admin, one, two] = await Promise.all([1, 2, 3].map(() => connection.createChannel()));
  for (const channel of [one, two]) channel.on('error', () => {});
  await admin.assertQueue(name, { durable: true, arguments: args });
  const counts = [0, 0];
  await one.consume(name, (message) => (counts[0]++, one.ack(message)), { exclusive: true });
  try {
    await two.consume(name, (message) => (counts[1]++, two.ack(message)));
  } catch (error) {
    return /403/.test(error.message) ? 'refused' : error.message;
  }
  for (let number = 0; number < 100; number++) admin.sendToQueue(name, Buffer.from('x'));
  await new Promise((resolve) => setTimeout(resolve, 1000));
  return `accepted, ${counts[0]} and ${counts[1]} of 100`;
}
const classic = await second('a', {});
const quorum = await second('b', { 'x-queue-type': 'quorum' });
console.log(`classic: ${classic}\nquorum: ${quorum}`);
await connection.close();
const [, first, other] = /accepted, (\d+) and (\d+) of 100/.exec(quorum) ?? [];
process.exitCode = classic === 'refused' && Number(first) > 0 && Number(other) > 0 ? 0 : 1;
JS
node probe.mjs
