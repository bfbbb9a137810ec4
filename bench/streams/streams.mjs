import { fileURLToPath } from 'node:url';
import { bar } from '../figures.mjs';
import { startNode, stop } from '../processes.mjs';
import { startServerlessOffline } from './contestants/serverless-offline.mjs';
import { startServer } from './kinesis.mjs';
import { alternate, disturbedPercent, measure, prepareStream } from './measure.mjs';
import { startMillrace } from './millrace.mjs';

const bareScript = fileURLToPath(new URL('contestants/bare.mjs', import.meta.url));
const limits = [100, 1_000, 2_000, 4_000, 10_000];

/** Records a second of Kinesis streams; each part with a server of its own, because streams stay in its memory. */
export async function streams({ records, slowRecords, ...options }) {
  const contestants = await withServer((server) => compareContestants(server, records, slowRecords, options));
  const shards = await withServer((server) => compareShards(server, records, contestants.limit, options));
  const hanging = await withServer((server) => compareHanging(server, records, options));
  return report({ ...contestants, ...shards, ...hanging, records, slowRecords, rounds: options.rounds });
}

async function withServer(work) {
  const server = await startServer();
  try {
    return await work(server);
  } finally {
    await server.close();
  }
}

async function compareContestants(server, records, slowRecords, options) {
  options.note('streams: filling');
  const stream = await prepareStream(server, { name: 'four', shards: 4, records });
  const short = await prepareStream(server, { name: 'short', shards: 4, records: slowRecords });
  options.note('streams: looking for the best Limit of the bare loop');
  const trials = [];
  for (const limit of limits) trials.push(await measure(server, bare(stream, limit), options.patience));
  const limit = limits[trials.indexOf(trials.toSorted((a, b) => b.rate - a.rate)[0])];
  const all = [bare(stream, limit), millrace(stream, options), serverlessOffline(short)];
  const [bareRun, millraceRun, slowRun] = await alternate(server, all, options);
  return { limit, trials, bareRun, millraceRun, slowRun };
}

async function compareShards(server, records, limit, options) {
  options.note('streams: filling for 1 and 20 shards');
  const one = await prepareStream(server, { name: 'one', shards: 1, records });
  const twenty = await prepareStream(server, { name: 'twenty', shards: 20, records });
  const all = [bare(one, limit), millrace(one, options), bare(twenty, limit), millrace(twenty, options)];
  const [bareOne, millraceOne, bareTwenty, millraceTwenty] = await alternate(server, all, options);
  return { bareOne, millraceOne, bareTwenty, millraceTwenty };
}

async function compareHanging(server, records, options) {
  options.note('streams: filling for a handler that hangs');
  const layout = { shards: 2, used: 1, records };
  const alone = await prepareStream(server, { ...layout, name: 'alone' });
  const beside = await prepareStream(server, { ...layout, name: 'beside', hanging: records });
  const all = [
    millrace(alone, options, 'hang', ', 1 of 2'),
    millrace(beside, options, 'hang', ', 1 of 2, the other hangs'),
  ];
  const [aloneRun, besideRun] = await alternate(server, all, options);
  return { aloneRun, besideRun };
}

function bare(stream, limit) {
  const start = ({ endpoint, stream: name, marks }) => {
    const child = startNode([bareScript, endpoint, name, String(limit), marks]);
    return { child, stop: () => stop(child, { signal: 'SIGKILL' }) };
  };
  return { name: `bare GetRecords loop, ${shardsOf(stream)}`, stream, start };
}

/** `millrace run` on a stream. */
export function millrace(stream, { cli, profile }, handler = 'mark', shards = `, ${shardsOf(stream)}`) {
  const nodeFlags = profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profile}`];
  const start = (run) => startMillrace({ cli, nodeFlags, handler, ...run });
  return { name: `millrace${shards}`, stream, start };
}

function serverlessOffline(stream) {
  return { name: `serverless-offline-kinesis, ${shardsOf(stream)}`, stream, start: startServerlessOffline };
}

function shardsOf({ shards }) {
  return shards.size === 1 ? '1 shard' : `${shards.size} shards`;
}

function report({ limit, trials, records, slowRecords, rounds, ...runs }) {
  const { bareRun, millraceRun, slowRun, millraceOne, millraceTwenty, bareOne, bareTwenty, aloneRun, besideRun } = runs;
  const tried = trials.map(({ rate }, index) => `${limits[index]}: ${Math.round(rate)}/s`).join(', ');
  const serverCost = (bareOne.rate / bareTwenty.rate).toFixed(2);
  return {
    title: 'Streams',
    about: [
      `${records} records of 1 KB in a Kinesis stream, batches of 100, read from TRIM_HORIZON; the server (kinesalite) in a process of its own. Reading does not consume: each run reads the same records, in a new process that has no checkpoints yet.`,
      'Records a second from the arrival of the first GetRecords that is answered with records, as the server sees it, to the last call of a handler. Handlers note in a file what they got and when, on the clock that all processes share, and do nothing else; every record must have been noted exactly once. The bare loop notes what each GetRecords brought.',
      `Median of ${rounds} alternating runs; * = other programs used more than ${disturbedPercent} % of the machine meanwhile. The bare loop is one for each shard, in one process, with its best Limit: ${limit} (tried: ${tried}). It hands its records to nobody.`,
      `serverless-offline-kinesis 6.2.3 runs under serverless 3.40.0 and serverless-offline 13.9.0, and gets ${slowRecords} records: kinesis-readable, which it reads with, waits 500 ms after every GetRecords of one batch, and nothing it documents changes that. So its rate is that timer: at most 200 records/s for each shard.`,
      `One shard is handled one batch after the other, 20 shards at the same time, as far as there are cores. What the server itself costs more for 20 shards shows in the bare loop: ${serverCost} times the time of 1.`,
      'Where a handler hangs, the other shard has a backlog as long, of records whose handler never answers; alone, the other shard is empty.',
    ],
    columns: ['who', 'records/s', 'second half', 'µs CPU per record: own', 'its children', 'server', 'runs'],
    rows: [bareRun, millraceRun, slowRun, bareOne, millraceOne, bareTwenty, millraceTwenty, aloneRun, besideRun].map(
      ({ name, rate, secondHalf, cpu, all }) => [
        name,
        Math.round(rate),
        Math.round(secondHalf),
        ...[cpu.own, cpu.others, cpu.server].map(Math.round),
        all.join(', '),
      ],
    ),
    bars: [
      ratio('millrace / bare GetRecords loop', millraceRun, bareRun, 0.85),
      ratio('millrace / serverless-offline-kinesis', millraceRun, slowRun, 5),
      bar(
        'streams, time of 20 shards / 1 shard',
        millraceOne.rate / millraceTwenty.rate,
        (value) => value <= 1.5,
        '≤ 1.5',
        2,
      ),
      ratio('beside a shard whose handler hangs / alone', besideRun, aloneRun, 0.9),
    ],
  };
}

function ratio(name, one, other, least) {
  return bar(`streams, ${name}`, one.rate / other.rate, (value) => value >= least, `≥ ${least}`, 2);
}
