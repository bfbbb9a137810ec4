import { expect, test } from 'vitest';
import { recordsOf } from '../../src/journal/stored-entry.js';
import { second, streamWorld } from '../delivery/stream/stream-world.js';
import { readPage } from './markdown.js';

const bad = '6';
const marks = { succeeded: '✔', failed: '✖', 'partially-failed': '◐' } as const;

function pictured(): readonly string[] {
  const block = readPage('README.md').blocks.find(({ comment }) => comment === 'picture: one batch');
  return [...(block?.code ?? '').matchAll(/^ +\d+ +(?<call>\[[\d ]+\] +[✔✖◐])/gmu)].map(([, call = '']) =>
    call.replaceAll(/\] +/g, '] '),
  );
}

test('the picture of one batch in README.md is what the engine does', async () => {
  const world = streamWorld({ bisects: true, maxRetries: 2, reportsItemFailures: true, destination: 'told' });
  world.worker.reply = (bodies) =>
    bodies.includes(bad) ? { response: { batchItemFailures: [{ itemIdentifier: bad }] } } : 'ok';
  world.stream.write(['1', '2', '3', '4', '5', '6', '7', '8']);
  await world.start();
  await world.clock.advance(60 * second);

  const calls = world.entries.flatMap((entry) =>
    entry.type === 'succeeded' || entry.type === 'failed' || entry.type === 'partially-failed'
      ? [`[${recordsOf(entry).join(' ')}] ${marks[entry.type]}`]
      : [],
  );
  expect(calls).toHaveLength(8);
  expect(pictured()).toEqual(calls);
  expect(world.ofType('discarded').map(({ record }) => record)).toEqual([bad]);
  expect(world.destination.reports).toHaveLength(1);
  await world.stop();
});
