#!/usr/bin/env bash
# pika 1.3.2 (PyPI) to amqplib 2.3.1 through RabbitMQ 3.10.8 (Debian 12), 2026-12-01.
# Expected: a decimal header of -1.5 arrives as places 1, digits -15. Seen: amqplib reads the digits without their sign, as
# 4294967281, so that -1.5 becomes 429496728.1; pika and the broker treat them as signed. Positive decimals arrive as they are.
# Output: 12.345: places 3, digits 12345 / -1.5: places 1, digits 4294967281
. "$(dirname "$0")/brokers/rabbitmq.sh"
python3 -m venv pika >/dev/null && pika/bin/pip install -q pika==1.3.2 2>/dev/null || { echo "pika could not be installed"; exit 2; }
cat >send.py <<'PY'
import decimal, os, pika
connection = pika.BlockingConnection(pika.URLParameters(os.environ["AMQP_URL"] + "/%2F"))
channel = connection.channel()
channel.queue_declare("numbers")
headers = {"positive": decimal.Decimal("12.345"), "negative": decimal.Decimal("-1.5")}
channel.basic_publish("", "numbers", b"x", pika.BasicProperties(headers=headers))
connection.close()
PY
pika/bin/python send.py
cat >probe.mjs <<'JS'
import amqp from 'amqplib';
const connection = await amqp.connect(process.env.AMQP_URL);
const channel = await connection.createChannel();
const { positive, negative } = (await channel.get('numbers', { noAck: true })).properties.headers;
for (const [sent, { value }] of [['12.345', positive], ['-1.5', negative]]) {
  console.log(`${sent}: places ${value.places}, digits ${value.digits}`);
}
await connection.close();
process.exitCode = positive.value.digits === 12345 && negative.value.digits === 4294967281 ? 0 : 1;
JS
node probe.mjs
