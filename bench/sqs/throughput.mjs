import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { bar, median } from '../figures.mjs';
import { Background, quiet } from '../machine.mjs';
import { cpuMs, messageOf, ownCpuMs, startNode, stop } from '../processes.mjs';
import { startServerlessOffline } from './contestants/serverless-offline.mjs';
import { startMillrace } from './millrace.mjs';
import { createQueue, deleteQueue, fill, startServer } from './queues.mjs';

/** The most batches that millrace has in hand where nothing else is set: the loops of the bare client. */
const parallel = 20;
/** A run is marked when others used more of the machine than this. */
const disturbedPercent = 10;
const consumerCounts = [1, 5, 10, 20];

/** Messages a second from the first message handed out until the queue is empty, as the server sees it. */
export async function throughput({ cli, messages, slowMessages, rounds, patience, profile, note }) {
  const server = await startServer();
  try {
    const run = (contestant, count) => measure(server, contestant, count, patience);
    note('sqs-consumer: looking for its best number of consumers');
    const trials = [];
    for (const consumers of consumerCounts) trials.push(await run(sqsConsumer(consumers), messages / 2));
    const best = trials.toSorted((a, b) => b.rate - a.rate)[0];
    const consumers = consumerCounts[trials.indexOf(best)];

    const contestants = [
      { start: bare, count: messages },
      { start: millrace(cli, 'noop', profile), count: messages },
      { start: sqsConsumer(consumers), count: messages },
      { start: serverlessOffline('noop'), count: slowMessages },
      { start: millrace(cli, 'wait'), count: messages / 4 },
      { start: serverlessOffline('wait'), count: slowMessages / 4 },
    ];
    const runs = contestants.map(() => []);
    for (let round = 0; round < rounds; round++) {
      for (let turn = 0; turn < contestants.length; turn++) {
        const index = (turn + round) % contestants.length;
        const result = await run(contestants[index].start, contestants[index].count);
        runs[index].push(result);
        note(
          `round ${round + 1}: ${result.name} ${Math.round(result.rate)} messages/s (others: ${Math.round(result.others)} %)`,
        );
      }
    }
    return report(runs, { consumers, trials, messages, slowMessages });
  } finally {
    await server.close();
  }
}

let queues = 0;

/** One run of a contestant on a fresh queue of so many messages. */
export async function measure(server, start, total, patience) {
  const queue = `bench-${++queues}`;
  const QueueUrl = await createQueue(server.client, queue);
  await fill(server.client, QueueUrl, total);
  await server.watch(queue, total);
  await quiet(patience);
  const started = messageOf(server.child, 'started');
  const contestant = await start({ endpoint: server.url, queue, QueueUrl });
  try {
    await started;
    const empty = messageOf(server.child, 'empty', 600_000);
    const usage = () => ({
      own: ownCpuMs(contestant.child.pid),
      all: cpuMs(contestant.child.pid),
      server: ownCpuMs(server.child.pid),
    });
    const [before, background] = [usage(), new Background()];
    const { reached } = await empty;
    const [after, others] = [usage(), background.percent()];
    const at = (share) => reached.find((mark) => mark.share === share).ms;
    const perMessage = (key) => ((after[key] - before[key]) * 1_000) / total;
    return {
      name: contestant.name,
      others,
      rate: (total * 1_000) / at(1),
      secondHalf: (total * 500) / (at(1) - at(0.5)),
      cpu: { own: perMessage('own'), others: perMessage('all') - perMessage('own'), server: perMessage('server') },
    };
  } finally {
    await contestant.stop();
    await deleteQueue(server.client, QueueUrl);
  }
}

const script = (name) => fileURLToPath(new URL(`contestants/${name}.mjs`, import.meta.url));

function bare({ endpoint, QueueUrl }) {
  const child = startNode([script('bare'), endpoint, QueueUrl, String(parallel)]);
  return { name: 'bare client library', child, stop: () => stop(child, { signal: 'SIGKILL' }) };
}

const handlerNames = { noop: '', wait: ', handler of 50 ms' };

/** `millrace run` with one of the handlers. */
export function millrace(cli, handler, profile) {
  const nodeFlags = profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profile}`];
  return ({ endpoint, queue }) => {
    const run = startMillrace({ cli, nodeFlags, endpoint, queues: [queue], handler });
    return { ...run, name: `millrace${handlerNames[handler]}` };
  };
}

function sqsConsumer(consumers) {
  return ({ endpoint, QueueUrl }) => {
    const folder = mkdtempSync(path.join(tmpdir(), 'millrace-bench-'));
    const output = path.join(folder, 'output.log');
    const child = startNode([script('sqs-consumer'), endpoint, QueueUrl, String(consumers)], { output });
    const end = async () => {
      await stop(child, { signal: 'SIGKILL' });
      const errors = readFileSync(output, 'utf8').trim();
      rmSync(folder, { recursive: true, force: true });
      if (errors !== '') throw new Error(`sqs-consumer: ${errors}`);
    };
    return { name: 'sqs-consumer', child, stop: end };
  };
}

function serverlessOffline(handler) {
  return async ({ endpoint, queue }) => {
    const run = await startServerlessOffline({ endpoint, queue, handler });
    return { ...run, name: `serverless-offline-sqs${handlerNames[handler]}` };
  };
}

function ratio(name, one, other, least) {
  return bar(`throughput, ${name}`, one.rate / other.rate, (value) => value >= least, `≥ ${least}`, 2);
}

function report(runs, { consumers, trials, messages, slowMessages }) {
  const summaries = runs.map((results) => ({
    name: results[0].name,
    rate: median(results.map(({ rate }) => rate)),
    secondHalf: median(results.map(({ secondHalf }) => secondHalf)),
    all: results.map(({ rate, others }) => `${Math.round(rate)}${others > disturbedPercent ? '*' : ''}`),
    cpu: Object.fromEntries(
      ['own', 'others', 'server'].map((key) => [key, median(results.map(({ cpu }) => cpu[key]))]),
    ),
  }));
  const [bareRun, millraceRun, consumerRun, slowRun, waitingRun, slowWaitingRun] = summaries;
  return {
    title: 'Throughput',
    about: [
      `${messages} messages of 1 KB in a fresh queue, batches of 10, a handler that does nothing; the SQS server in a process of its own.`,
      'Messages a second from the moment the server has handed out the first message until it has deleted the last one, which excludes starting and being idle; the same stopwatch, in the server, for everybody.',
      `Median of ${runs[0].length} alternating runs, each in a new process; * = other programs used more than ${disturbedPercent} % of the machine meanwhile. The bare client library receives and deletes in ${parallel} loops.`,
      `sqs-consumer runs its handler in its own process, with its best number of consumers: ${consumers} (tried: ${trials
        .map(({ rate }, index) => `${consumerCounts[index]}: ${Math.round(rate)}/s`)
        .join(', ')}).`,
      `serverless-offline-sqs 8.0.0 runs under serverless 3.40.0, the last version that needs no account. It has one batch in hand at a time, which matters as soon as a handler waits for something: hence the second pair, whose handler takes 50 ms. It gets ${slowMessages} and ${slowMessages / 4} messages. With a handler that does nothing, 5 times its rate is more than the bare client library reaches here.`,
    ],
    columns: ['who', 'messages/s', 'second half', 'µs CPU per message: own', 'its children', 'server', 'runs'],
    rows: summaries.map(({ name, rate, secondHalf, cpu, all }) => [
      name,
      Math.round(rate),
      Math.round(secondHalf),
      Math.round(cpu.own),
      Math.round(cpu.others),
      Math.round(cpu.server),
      all.join(', '),
    ]),
    bars: [
      ratio('millrace / bare client library', millraceRun, bareRun, 0.85),
      ratio('millrace / sqs-consumer', millraceRun, consumerRun, 0.85),
      ratio('millrace / serverless-offline-sqs', millraceRun, slowRun, 5),
      ratio('millrace / serverless-offline-sqs, handler of 50 ms', waitingRun, slowWaitingRun, 5),
    ],
  };
}
