import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { median } from '../figures.mjs';
import { Background, quiet } from '../machine.mjs';
import { cpuMs, messageOf, ownCpuMs } from '../processes.mjs';
import { createStream, fill } from './kinesis.mjs';
import { allMarks } from './marks.mjs';

/** A run is marked when others used more of the machine than this. */
export const disturbedPercent = 10;
const longestRunMs = 600_000;

/**
 * Creates a stream of `shards` shards. The records that are measured go into the first `used` of them, all by default;
 * the last shard gets `hanging` others, which no handler comes back from.
 */
export async function prepareStream(server, { name, shards, used = shards, records, hanging = 0 }) {
  const all = await createStream(server.client, name, shards);
  const counted = all.slice(0, used);
  await fill(server.client, name, counted, records);
  await fill(server.client, name, all.slice(-1), hanging, 'hang');
  return { name, records, shards: new Set(counted.map(({ ShardId }) => ShardId)) };
}

/** Runs every contestant once a round, in turns; returns the results of each. */
export async function alternate(server, contestants, { rounds, patience, note }) {
  const runs = contestants.map(() => []);
  for (let round = 0; round < rounds; round++) {
    for (let turn = 0; turn < contestants.length; turn++) {
      const index = (turn + round) % contestants.length;
      const result = await measure(server, contestants[index], patience);
      runs[index].push(result);
      const { name, rate, others } = result;
      note(`round ${round + 1}: ${name} ${Math.round(rate)} records/s (others: ${Math.round(others)} %)`);
    }
  }
  return runs.map(summary);
}

/** Records a second from the arrival of the first GetRecords that was answered with records to the last call of a handler. */
export async function measure(server, { name, start, stream }, patience) {
  const folder = mkdtempSync(path.join(tmpdir(), 'millrace-bench-'));
  const file = path.join(folder, 'marks');
  writeFileSync(file, '');
  await quiet(patience);
  await server.watch();
  const started = messageOf(server.child, 'started');
  const contestant = await start({ endpoint: server.url, stream: stream.name, marks: file });
  const { child } = contestant;
  try {
    await started;
    const usage = () => ({ own: ownCpuMs(child.pid), all: cpuMs(child.pid), server: ownCpuMs(server.child.pid) });
    const [before, background] = [usage(), new Background()];
    const running = () => child.exitCode === null;
    const total = stream.records;
    const marks = await allMarks({ file, shards: stream.shards, total, running, timeoutMs: longestRunMs });
    const [after, others] = [usage(), background.percent()];
    const { startedAt } = await server.handedOut();
    const { half, endedAt } = milestones(marks, total);
    const perRecord = (key) => ((after[key] - before[key]) * 1_000) / total;
    return {
      name,
      others,
      rate: (total * 1_000) / (endedAt - startedAt),
      secondHalf: ((total - half.handled) * 1_000) / (endedAt - half.at),
      cpu: { own: perRecord('own'), others: perRecord('all') - perRecord('own'), server: perRecord('server') },
    };
  } finally {
    await contestant.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The first moment at which at least half of the records were handled, and when the last one was. */
function milestones(marks, total) {
  const inOrder = marks.toSorted((a, b) => a.at - b.at);
  let handled = 0;
  const { at } = inOrder.find(({ records }) => (handled += records) >= total / 2);
  return { half: { at, handled }, endedAt: inOrder.at(-1).at };
}

function summary(results) {
  return {
    name: results[0].name,
    rate: median(results.map(({ rate }) => rate)),
    secondHalf: median(results.map(({ secondHalf }) => secondHalf)),
    all: results.map(({ rate, others }) => `${Math.round(rate)}${others > disturbedPercent ? '*' : ''}`),
    cpu: Object.fromEntries(
      ['own', 'others', 'server'].map((key) => [key, median(results.map(({ cpu }) => cpu[key]))]),
    ),
  };
}
