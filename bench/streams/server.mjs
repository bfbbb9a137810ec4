// The Kinesis server of all benchmarks, in a process of its own. It also holds the start of the stopwatch: the arrival
// of the first GetRecords that was answered with records. And it counts the records that it hands out.
import { createRequire } from 'node:module';
import { once } from 'node:events';

const require = createRequire(new URL('../../package.json', import.meta.url));
const counted = require.resolve('kinesalite/actions/getRecords');
let watch;

// Before the package loads it: nobody else can tell how many records are in an answer without parsing it.
const getRecords = require(counted);
require.cache[counted].exports = (store, request, answer) => {
  const at = process.hrtime.bigint();
  getRecords(store, request, (error, response) => {
    answer(error, response);
    if (response !== undefined && response.Records.length > 0) handedOut(response.Records.length, at);
  });
};

function handedOut(records, at) {
  if (watch === undefined) return;
  watch.records += records;
  if (watch.startedAt === undefined) process.send({ type: 'started' });
  if (watch.startedAt === undefined || at < watch.startedAt) watch.startedAt = at;
}

const server = require('kinesalite')({ createStreamMs: 0, deleteStreamMs: 0, updateStreamMs: 0, shardLimit: 1_000 });
// The package throws when a client goes away in the middle of a request, as one that is killed does.
server.on('request', (request) => request.removeAllListeners('error').on('error', () => {}));
// Clients reuse connections that are idle for as long as the pauses of a benchmark.
server.keepAliveTimeout = 60_000;

process.on('message', ({ type }) => {
  if (type === 'watch') {
    watch = { startedAt: undefined, records: 0 };
    process.send({ type: 'watching' });
  } else {
    process.send({ type: 'counted', records: watch.records, startedAt: String(watch.startedAt) });
  }
});
process.on('disconnect', () => process.exit(0));
await once(server.listen(0, '127.0.0.1'), 'listening');
process.send({ type: 'listening', url: `http://127.0.0.1:${server.address().port}` });
