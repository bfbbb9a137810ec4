// One run of the engine alone, in a process of its own: a stream that is generated, a function that does nothing.
import { setTimeout as sleep } from 'node:timers/promises';
import { generatedStream, ledgerInMemory } from './generated-stream.mjs';

const { build, records, partitions, batchSize, handlerMs, unique } = JSON.parse(process.argv[2]);
const load = (file) => import(new URL(file, build));
const { StreamDelivery } = await load('delivery/stream/stream-delivery.js');
const { Journal } = await load('journal/journal.js');
const { systemClock } = await load('platform/clock.js');
const { systemRandom } = await load('platform/random.js');

const sampleEvery = 10;
let calls = 0;
let called = 0;
const stream = { partitions, recordsEach: records / partitions, unique, called: (count) => (called += count) };
const { ledger, allStored } = ledgerInMemory(stream);
const samples = [];

const target = {
  name: 'noop',
  timeoutMs: 3_000,
  warmUp: async () => undefined,
  async invoke({ started }) {
    started();
    if (handlerMs > 0) await sleep(handlerMs);
    if (calls++ % sampleEvery === 0) samples.push({ share: called / records, mb: process.memoryUsage.rss() / 2 ** 20 });
    return { kind: 'succeeded', responseText: 'null', durationMs: handlerMs };
  },
};

let ids = 0;
const delivery = new StreamDelivery({
  mapping: { uuid: 'bench', name: 'bench' },
  sourceLabel: 'a generated stream',
  partitionWord: 'shard',
  sourceArn: 'arn:millrace:generated:us-east-1:000000000000:bench',
  settings: {
    batchSize,
    windowMs: 0,
    lanes: 1,
    startingRule: { kind: 'TRIM_HORIZON' },
    tumbling: undefined,
    errors: { reportsItemFailures: false, bisects: false, maxRetries: undefined, maxAgeMs: undefined },
  },
  source: generatedStream(stream),
  ledger,
  target,
  functionArn: 'arn:aws:lambda:us-east-1:000000000000:function:bench',
  executedVersion: '$LATEST',
  destination: undefined,
  filter: undefined,
  journal: new Journal(systemClock),
  clock: systemClock,
  random: systemRandom,
  batchId: () => `b-${++ids}`,
});

const startedAt = performance.now();
delivery.start();
await allStored;
const seconds = (performance.now() - startedAt) / 1_000;
await delivery.stop();
process.send({ type: 'done', seconds, calls, called, samples, peakMb: process.resourceUsage().maxRSS / 1_024 });
process.disconnect();
