import { fileURLToPath } from 'node:url';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { bar, median } from '../figures.mjs';
import { startMillrace } from '../millrace.mjs';
import { startStub } from '../sqs/stub.mjs';

const handlers = fileURLToPath(new URL('../sqs/handlers', import.meta.url));
const collection = '/2015-03-31/event-source-mappings';
const arn = (queue) => `arn:aws:sqs:us-east-1:000000000000:${queue}`;

/** The Lambda API with many mappings: how long a list takes, and how soon a new mapping is polled. */
export async function controlPlane({ cli, mappings, lists, creations, note }) {
  const stub = await startStub();
  const functions = { noop: { Handler: 'handlers/noop.handler' } };
  const millrace = startMillrace({
    cli,
    handlers,
    configuration: { functions, mappings: [], endpoints: { sqs: stub.url } },
  });
  try {
    const call = caller(await addressOf(millrace.folder));
    const first = await firstPoll(call, stub, 'first');
    note(`create to first poll, the first of all: ${Math.round(first)} ms`);
    const polls = [];
    for (let index = 0; index < creations; index++) polls.push(await firstPoll(call, stub, `polled-${index}`));
    const created = [];
    for (let index = 0; index < mappings; index++) {
      created.push(
        await timed(() =>
          call('POST', collection, { FunctionName: 'noop', EventSourceArn: arn(`q-${index}`), Enabled: false }),
        ),
      );
    }
    note(`${mappings} mappings`);
    const listed = [];
    for (let index = 0; index < lists; index++) listed.push(await timed(() => call('GET', collection)));
    const walked = await timed(() => walk(call, mappings));
    return {
      title: 'Control plane',
      about: [
        `Calls over HTTP to one \`millrace run\`, one after the other, on a connection that stays open; ${mappings} mappings are made over the API (disabled), beside the ones that are polled for a moment.`,
        `A list is a page of 100, as AWS returns them. Create to first poll: from sending CreateEventSourceMapping to the first ReceiveMessage at a server that answers at once, ${creations} times; the first of all mappings loads the client of SQS, which is said by itself.`,
      ],
      columns: ['what', 'median ms', 'most ms'],
      rows: [
        row(`list, a page, of ${mappings} mappings`, listed),
        row(`list, all ${Math.ceil(mappings / 100)} pages`, [walked]),
        row('create (disabled)', created),
        row('create to first poll', polls),
        row('create to first poll, the first of all', [first]),
      ],
      bars: [
        bar(`list with ${mappings} mappings, median`, median(listed), (value) => value < 20, '< 20 ms', 1, ' ms'),
        bar('create to first poll, median', median(polls), (value) => value < 100, '< 100 ms', 0, ' ms'),
      ],
    };
  } finally {
    stub.answerAll();
    await millrace.stop();
    stub.close();
  }
}

function row(name, took) {
  return [name, median(took).toFixed(1), Math.max(...took).toFixed(1)];
}

async function timed(work) {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}

/** From the call to the first poll of its queue; the mapping is deleted afterwards. */
async function firstPoll(call, stub, queue) {
  const polled = stub.nextPoll();
  const startedAt = performance.now();
  const { UUID } = await call('POST', collection, { FunctionName: 'noop', EventSourceArn: arn(queue) });
  const ms = (await polled) - startedAt;
  stub.release();
  await call('DELETE', `${collection}/${UUID}`);
  while ((await call('GET', `${collection}/${UUID}`)).State !== undefined) await delay(5);
  return ms;
}

async function walk(call, mappings) {
  let marker = '';
  let seen = 0;
  do {
    const page = await call('GET', `${collection}?Marker=${marker}`);
    seen += page.EventSourceMappings.length;
    marker = page.NextMarker;
  } while (marker !== undefined);
  if (seen !== mappings) throw new Error(`${seen} mappings were listed, not ${mappings}`);
}

function caller(url) {
  return async (method, where, body) => {
    const answer = await fetch(`${url}${where}`, { method, ...(body && { body: JSON.stringify(body) }) });
    return answer.json();
  };
}

/** Where the port of a command is, as it tells other terminals. */
async function addressOf(folder) {
  for (;;) {
    try {
      const { port } = JSON.parse(readFileSync(path.join(folder, '.millrace', 'running.json'), 'utf8'));
      if (port !== undefined) return `http://127.0.0.1:${port}`;
    } catch {
      // it has not started yet
    }
    await delay(20);
  }
}
