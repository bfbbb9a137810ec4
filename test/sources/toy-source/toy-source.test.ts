import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { ConfigurationInput } from '../../../src/config/input.js';
import { loadConfiguration, loadInput } from '../../../src/config/load.js';
import type { InlineHandler } from '../../../src/functions/definition.js';
import { renderStatus } from '../../../src/readers/console/status-table.js';
import { colours } from '../../../src/readers/console/colours.js';
import { lifeOf } from '../../../src/readers/why/why.js';
import { checkRuntime } from '../../../src/runtime/check.js';
import { startRuntime } from '../../../src/runtime/runtime.js';
import { temporaryFolders } from '../../config/temporary-folder.js';
import { startLambdaApi } from '../../support/lambda-api.js';
import { box, tape } from './definition.js';

// What a source needs is its folder: nothing outside of this one knows of tapes and boxes.

const folder = temporaryFolders();
const tapeArn = (id: string): string => `arn:millrace:tape:us-east-1:000000000000:${id}`;
const boxArn = (id: string): string => `arn:millrace:box:us-east-1:000000000000:${id}`;
const collection = '/2015-03-31/event-source-mappings/';

interface Event {
  readonly Records: readonly { readonly body: string }[];
}

/** A configuration with one mapping, and the events that its function gets. */
function configured(mapping: Readonly<Record<string, unknown>>): {
  readonly input: ConfigurationInput;
  readonly events: readonly (readonly string[])[];
} {
  const events: (readonly string[])[] = [];
  const handler: InlineHandler = async (event) => {
    events.push((event as Event).Records.map(({ body }) => body));
  };
  const mappings = [{ FunctionName: 'player', ...mapping }];
  return { input: { functions: { player: { handler, Timeout: 5 } }, mappings, sources: [tape, box] }, events };
}

describe('a source that comes as a folder', () => {
  it('is read from a file, with its own defaults', async () => {
    const definition = path.join(import.meta.dirname, 'definition.ts');
    const where = await folder({
      'millrace.yaml': `sources: ['${definition}']
functions: { player: { Handler: player.handler } }
mappings: [{ FunctionName: player, EventSourceArn: '${tapeArn('a')}' }]`,
    });
    const { mappings } = await loadConfiguration(where, { env: {} });
    expect(mappings).toMatchObject([
      {
        kind: 'stream',
        name: 'a',
        sourceType: 'kinesis',
        batchSize: 7,
        windowMs: 500,
        source: { title: 'tape a of the toy' },
        description: { send: { sample: { body: '{"note":"c"}' } } },
      },
    ]);
  });

  it('is read from an object, a queue as well', async () => {
    const { input } = configured({ EventSourceArn: boxArn('b') });
    const { mappings } = await loadInput(input, { root: '.' });
    const concurrency = { initial: 1, floor: 1, ceiling: 2, growEveryMs: 1_000 };
    expect(mappings).toMatchObject([{ kind: 'queue', sourceType: 'sqs', batchSize: 3, windowMs: 200, concurrency }]);
  });

  it('is delivered in its own batches, past filters that see its own records', async () => {
    const { input, events } = configured({
      EventSourceArn: tapeArn('filtered'),
      FilterCriteria: { Filters: [{ Pattern: '{"music":{"note":["c"]}}' }] },
    });
    await using runtime = await startRuntime(input);
    const notes = Array.from({ length: 10 }, (_, index) => JSON.stringify({ note: index === 4 ? 'd' : 'c', index }));
    await runtime.send('filtered', notes);
    await runtime.idle({ seconds: 0.7 });
    // The window of half a second is what fills the first batch.
    expect(events.map((batch) => batch.length)).toEqual([7, 2]);
    expect(events.flat()).toEqual(notes.filter((_, index) => index !== 4));
    expect(runtime.status()[0]).toMatchObject({
      filtered: 1,
      handled: 9,
      reason: 'polling tape filtered of the toy: 2 reels',
    });
  });

  it('is delivered as a queue, too, with as many batches at once as it says', async () => {
    const { input, events } = configured({ EventSourceArn: boxArn('shared') });
    await using runtime = await startRuntime(input);
    await runtime.send('shared', ['a', 'b', 'c']);
    await runtime.idle({ seconds: 0.3 });
    expect(events).toEqual([['a', 'b', 'c']]);
  });

  it('takes what it says of records that are sent, and nothing else', async () => {
    const { input } = configured({ EventSourceArn: tapeArn('sent') });
    await using runtime = await startRuntime(input);
    expect(await runtime.send('sent', [{ body: '{"note":"c"}', group: 'left' }])).toEqual(['1']);
    await expect(runtime.send('sent', [{ body: '{"note":"c"}', key: 'left' }])).rejects.toThrow(
      'key means nothing to this source; it is for kinesis and custom',
    );
  });

  it('is explained by why, and its partitions are called as it calls them', async () => {
    const { input } = configured({ EventSourceArn: tapeArn('explained') });
    const state = await folder();
    await using runtime = await startRuntime({ ...input, state });
    await runtime.send('explained', ['{"note":"c"}']);
    await runtime.idle({ seconds: 0.7 });
    const row = runtime.status()[0];
    await runtime.stop();

    const answer = await lifeOf(path.join(state, 'journal'), '1', Date.now());
    expect(answer).toMatchObject({ kind: 'life', life: { verdict: { kind: 'handled' } } });
    if (row === undefined) throw new Error('a row was expected');
    const partitions = [{ partition: 'partition-1', state: 'waiting', reason: 'it is torn' }] as const;
    const table = renderStatus([{ ...row, partitions }], { width: 120, colours: colours(false) });
    expect(table.replaceAll(/\s+/g, ' ')).toContain('reel partition-1 waiting: it is torn');
  });

  it('is made over the API, which echoes its defaults', async () => {
    const { input, events } = configured({ EventSourceArn: tapeArn('other') });
    const api = await startLambdaApi({ ...input, mappings: [] });
    onTestFinished(() => api.close());
    const made = await api.call('POST', collection, { FunctionName: 'player', EventSourceArn: tapeArn('made') });
    expect(made).toMatchObject({ status: 202, body: { BatchSize: 7, EventSourceArn: tapeArn('made') } });
    expect(made.body).not.toHaveProperty('MaximumBatchingWindowInSeconds');
    await api.runtime.send('made', ['{"note":"c"}']);
    await api.runtime.idle({ seconds: 0.7 });
    expect(events).toEqual([['{"note":"c"}']]);
  });

  it('refuses over the API in its own words what does not exist, and what does not fit', async () => {
    const { input } = configured({ EventSourceArn: tapeArn('other') });
    const functions = { ...input.functions, slow: { handler: () => undefined, Timeout: 61 } };
    const api = await startLambdaApi({ ...input, functions, mappings: [] });
    onTestFinished(() => api.close());
    const missing = { FunctionName: 'player', EventSourceArn: tapeArn('nowhere') };
    expect(await api.call('POST', collection, missing)).toMatchObject({
      status: 400,
      body: { message: 'The toy has no tape nowhere.' },
    });
    const slow = { FunctionName: 'slow', EventSourceArn: boxArn('closed') };
    expect(await api.call('POST', collection, slow)).toMatchObject({
      status: 400,
      body: { message: 'a box is closed after a minute' },
    });
  });

  it('is looked at by check, with its own advice', async () => {
    const { input } = configured({ EventSourceArn: tapeArn('checked'), MaximumRetryAttempts: 0, BatchSize: 1 });
    const mappings = [...(input.mappings ?? []), { FunctionName: 'player', EventSourceArn: boxArn('checked-box') }];
    const configuration = await loadInput({ ...input, mappings }, { root: '.' });
    const found = (await checkRuntime(configuration, {})).map(({ level, message }) => `${level}: ${message}`);
    expect(found).toContain('ok: tape checked of the toy is there, number 1 of its name, with 2 open reels');
    expect(found).toContain('warning: a tape runs for 5000 ms at most');
    expect(found).toContain('ok: box checked-box of the toy is there');
    expect(found.filter((text) => text.includes('box') || text.includes('dead-letter'))).toEqual([
      'ok: box checked-box of the toy is there',
      'warning: a box is looked into every 200 ms',
    ]);
  });
});
