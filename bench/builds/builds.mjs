import { bar, median } from '../figures.mjs';
import * as queues from '../sqs/throughput.mjs';
import { startServer as startQueues } from '../sqs/queues.mjs';
import { startServer as startStreams } from '../streams/kinesis.mjs';
import { alternate, prepareStream } from '../streams/measure.mjs';
import * as streams from '../streams/streams.mjs';

const mostCpu = 1.05;
const leastRate = 0.92;

/** This build of millrace against another one, in turns: what a change of the engine costs. */
export async function builds({ cli, base, messages, records, rounds, patience, note }) {
  if (base === undefined) throw new Error('--base is missing: the dist/cli/main.js of the build to compare with');
  const options = { rounds, patience, note };
  const ofQueues = await compareQueues([cli, base], messages, options);
  const ofStreams = await compareStreams([cli, base], records, options);
  return {
    title: 'Builds',
    about: [
      `This build against an earlier one: ${messages} messages of SQS in batches of 10, and ${records} records of a Kinesis stream of 4 shards in batches of 100; a handler that does nothing. Median of ${rounds} alternating runs, each in a new process. CPU is that of millrace and its children.`,
    ],
    columns: ['what', 'build', 'per second', 'µs CPU each: own', 'its children'],
    rows: [...rowsOf('SQS', ofQueues), ...rowsOf('Kinesis', ofStreams)],
    bars: [...barsOf('SQS', ofQueues), ...barsOf('Kinesis', ofStreams)],
  };
}

async function compareQueues(clis, messages, { rounds, patience, note }) {
  const server = await startQueues();
  try {
    const contestants = clis.map((cli) => queues.millrace(cli, 'noop'));
    const runs = contestants.map(() => []);
    for (let round = 0; round < rounds; round++) {
      for (const turn of contestants.keys()) {
        const index = (turn + round) % contestants.length;
        const result = await queues.measure(server, contestants[index], messages, patience);
        runs[index].push(result);
        note(`round ${round + 1}: SQS, ${index === 0 ? 'this' : 'base'} ${Math.round(result.rate)} messages/s`);
      }
    }
    return runs.map(summary);
  } finally {
    await server.close();
  }
}

async function compareStreams(clis, records, options) {
  const server = await startStreams();
  try {
    const stream = await prepareStream(server, { name: 'four', shards: 4, records });
    return await alternate(
      server,
      clis.map((cli) => streams.millrace(stream, { cli })),
      options,
    );
  } finally {
    await server.close();
  }
}

function summary(results) {
  const cpu = Object.fromEntries(['own', 'others'].map((key) => [key, median(results.map((each) => each.cpu[key]))]));
  return { rate: median(results.map(({ rate }) => rate)), cpu };
}

function rowsOf(what, runs) {
  return runs.map(({ rate, cpu }, index) => [
    what,
    index === 0 ? 'this' : 'base',
    Math.round(rate),
    cpu.own.toFixed(1),
    cpu.others.toFixed(1),
  ]);
}

const cpuOf = ({ cpu }) => cpu.own + cpu.others;

function barsOf(what, [now, before]) {
  return [
    bar(`${what}, rate / build before`, now.rate / before.rate, (value) => value >= leastRate, `≥ ${leastRate}`, 2),
    bar(`${what}, CPU / build before`, cpuOf(now) / cpuOf(before), (value) => value <= mostCpu, `≤ ${mostCpu}`, 2),
  ];
}
