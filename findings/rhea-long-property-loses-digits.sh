#!/usr/bin/env bash
# rhea 3.0.5, 2026-12-01.
# Expected: an AMQP long that a JavaScript number cannot hold arrives as a Buffer, which is how rhea lets one be sent. Seen: it
# arrives as a number, silently rounded, so that 9007199254740993 becomes 9007199254740992 and two different message numbers of
# a Java sender can become one. The same goes for ulong. Who needs every digit must read the frame.
# Output: long number 9007199254740992 / ulong number 9007199254740992
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 2
npm init -y >/dev/null
npm install --silent --no-audit --no-fund rhea@3.0.5 >/dev/null 2>&1 || { echo "rhea could not be installed"; exit 2; }
cat >probe.mjs <<'JS'
import rhea from 'rhea';
const { types } = rhea;
const exact = Buffer.from('0020000000000001', 'hex'); // 2^53 + 1
const receiver = rhea.create_container();
const server = receiver.listen({ port: 0, host: '127.0.0.1' });
const arrived = new Promise((resolve) => receiver.once('message', ({ message }) => resolve(message)));
server.once('listening', () => {
  const sender = rhea.create_container();
  const connection = sender.connect({ port: server.address().port, host: '127.0.0.1', reconnect: false });
  sender.once('sendable', ({ sender: link }) => {
    const properties = { long: types.wrap_long(exact), ulong: types.wrap_ulong(exact) };
    link.send({ body: '', application_properties: properties });
  });
  connection.open_sender('numbers');
});
const { long, ulong } = (await arrived).application_properties;
console.log(`long ${typeof long} ${long}\nulong ${typeof ulong} ${ulong}`);
process.exit(long === 9007199254740992 && ulong === 9007199254740992 ? 0 : 1);
JS
node probe.mjs
