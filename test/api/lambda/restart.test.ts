import { readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { loadInput } from '../../../src/config/load.js';
import type { ConfigurationInput, JournalEntry } from '../../../src/index.js';
import { StoredMappings } from '../../../src/state/stored-mappings.js';
import { withStored } from '../../../src/runtime/with-stored.js';
import { temporaryFolders } from '../../config/temporary-folder.js';
import { startTestSqs, type TestSqs } from '../../support/embedded-sqs.js';
import { startLambdaApi, type LambdaApi } from '../../support/lambda-api.js';
import { collection, functions, queueArn } from '../../support/lambda-world.js';

let sqs: TestSqs;
let state: string;
const newFolder = temporaryFolders();
beforeAll(async () => {
  sqs = await startTestSqs();
  await sqs.createQueue('orders');
  await sqs.createQueue('bills');
});
afterAll(() => sqs.close());
beforeEach(async () => {
  state = await newFolder();
});

const queue = { FunctionName: 'worker', EventSourceArn: queueArn('orders') };

function start(over: ConfigurationInput = {}): Promise<LambdaApi> {
  return startLambdaApi({ functions, endpoints: { sqs: sqs.url }, state, ...over });
}

interface Described {
  readonly UUID: string;
  readonly State: string;
  readonly LastModified: number;
}

async function list(api: LambdaApi): Promise<readonly Described[]> {
  const { body } = await api.call('GET', collection);
  return (body as { readonly EventSourceMappings: readonly Described[] }).EventSourceMappings;
}

async function onlyOne(api: LambdaApi): Promise<string> {
  const [described] = await list(api);
  return described?.UUID ?? '';
}

async function create(api: LambdaApi, parameters: object = queue): Promise<string> {
  const { status, body } = await api.call('POST', collection, parameters);
  expect({ status, body }).toMatchObject({ status: 202 });
  return (body as Described).UUID;
}

async function reaches(api: LambdaApi, uuid: string, wanted: string): Promise<Described> {
  for (;;) {
    const found = (await list(api)).find(({ UUID }) => UUID === uuid);
    if (found?.State === wanted) return found;
    await delay(5);
  }
}

const notices = ({ runtime }: LambdaApi): readonly string[] =>
  runtime.journal.entries().flatMap((entry: JournalEntry) => (entry.type === 'notice' ? [entry.because] : []));

describe('a mapping that was made over the API', () => {
  it('is there after a restart, unchanged, tags included, and goes on', async () => {
    const first = await start();
    const uuid = await create(first, { ...queue, BatchSize: 3, Tags: { team: 'a' } });
    const before = await reaches(first, uuid, 'Enabled');
    await first.close();

    const second = await start();
    expect(await list(second)).toEqual([before]);
    const tags = `/2017-03-31/tags/arn:aws:lambda:us-east-1:000000000000:event-source-mapping:${uuid}`;
    expect((await second.call('GET', tags)).body).toEqual({ Tags: { team: 'a' } });
    await sqs.send('orders', 'after the restart');
    await second.runtime.idle({ seconds: 0.2 });
    expect(second.runtime.journal.invocations(uuid.slice(0, 8))).toEqual([]);
    expect(second.runtime.journal.invocations('orders')).toHaveLength(1);
    await second.close();
  });

  it('keeps the name that people have seen, whichever others go, and whether or not it can be run', async () => {
    const first = await start();
    const other = await create(first, { ...queue, FunctionName: 'billing' });
    const uuid = await create(first);
    const nameIn = ({ runtime }: LambdaApi) => runtime.status().find((row) => row.uuid === uuid)?.name;
    expect(nameIn(first)).toBe('worker/orders');
    await first.call('DELETE', `${collection}/${other}`);
    const configuration = await loadInput({ functions, endpoints: { sqs: sqs.url } }, { root: state });
    const seen = withStored(configuration, await new StoredMappings(state).all(), {});
    expect(seen.mappings.map(({ name }) => name)).toEqual(['worker/orders']);
    await first.close();

    const { worker: _, ...others } = functions;
    const second = await start({ functions: others });
    expect(nameIn(second)).toBe('worker/orders');
    await second.close();
  });

  it('calls its function where the configuration has it by now', async () => {
    const first = await start();
    await create(first);
    await first.close();
    const second = await start({ account: '111111111111' });
    const FunctionArn = 'arn:aws:lambda:us-east-1:111111111111:function:worker';
    expect(await list(second)).toMatchObject([{ FunctionArn }]);
    expect(await second.call('GET', `${collection}?FunctionName=worker`)).toMatchObject({
      body: { EventSourceMappings: [{ FunctionArn }] },
    });
    await second.close();
  });

  it('is gone after a restart when it was deleted', async () => {
    const first = await start();
    const uuid = await create(first);
    await first.call('DELETE', `${collection}/${uuid}`);
    await first.close();
    const second = await start();
    expect(await list(second)).toEqual([]);
    expect(await readdir(path.join(state, 'mappings'))).toEqual([]);
    await second.close();
  });

  it('has its last update after a restart, and stays disabled', async () => {
    const first = await start();
    const uuid = await create(first);
    await reaches(first, uuid, 'Enabled');
    await first.call('PUT', `${collection}/${uuid}`, { Enabled: false, BatchSize: 4 });
    await first.close();
    const second = await start();
    expect(await list(second)).toMatchObject([{ UUID: uuid, State: 'Disabled', BatchSize: 4 }]);
    await second.close();
  });

  it('is still being created after a restart when it was never polled', async () => {
    const first = await start({ endpoints: { sqs: 'http://127.0.0.1:1' } });
    const uuid = await create(first);
    await first.close();
    const second = await start({ endpoints: { sqs: 'http://127.0.0.1:1' } });
    expect(await list(second)).toMatchObject([{ UUID: uuid, State: 'Creating' }]);
    await second.close();
  });

  it('stays, with the reason, when its function left the configuration, and goes on when it is back', async () => {
    const first = await start();
    const uuid = await create(first);
    await reaches(first, uuid, 'Enabled');
    await first.close();

    const { worker: _, ...others } = functions;
    const second = await start({ functions: others });
    expect(await list(second)).toMatchObject([
      { UUID: uuid, State: 'Enabled', FunctionArn: 'arn:aws:lambda:us-east-1:000000000000:function:worker' },
    ]);
    expect(second.runtime.status()).toMatchObject([
      {
        state: 'refused',
        reason: expect.stringContaining('FunctionName must name a function of this configuration') as string,
      },
    ]);
    expect(await second.call('PUT', `${collection}/${uuid}`, { BatchSize: 2 })).toMatchObject({
      status: 400,
      body: { message: 'Function does not exist' },
    });
    expect(await second.call('PUT', `${collection}/${uuid}`, { FunctionName: 'billing' })).toMatchObject({
      status: 202,
    });
    await reaches(second, uuid, 'Enabled');
    await second.close();

    const third = await start();
    expect(await list(third)).toMatchObject([
      { FunctionArn: 'arn:aws:lambda:us-east-1:000000000000:function:billing' },
    ]);
    await third.close();
  });

  it('does not run beside the same mapping of the file, and says why', async () => {
    const first = await start();
    const uuid = await create(first);
    await first.close();
    const second = await start({ mappings: [queue] });
    const row = second.runtime.status().find((status) => status.uuid === uuid);
    expect(row).toMatchObject({
      state: 'refused',
      reason: 'the configuration file has the same mapping (orders); delete this one, which was made over the API',
    });
    expect(await second.call('DELETE', `${collection}/${uuid}`)).toMatchObject({ status: 202 });
    await second.close();
  });

  it('whose file is damaged keeps the runtime from starting, with the name of the file', async () => {
    const first = await start();
    const uuid = await create(first);
    await first.close();
    const file = path.join(state, 'mappings', `${uuid}.json`);
    await writeFile(file, '{"v":1,"uuid"');
    await expect(start()).rejects.toMatchObject({
      code: 'CONFIGURATION_INVALID',
      message: expect.stringContaining(`the stored mapping ${file} cannot be read`) as string,
    });
  });

  it('ends with the process where there is no state folder', async () => {
    const before = await startLambdaApi({ functions, endpoints: { sqs: sqs.url } });
    await create(before);
    await before.close();
    const api = await startLambdaApi({ functions, endpoints: { sqs: sqs.url } });
    expect(await list(api)).toEqual([]);
    await api.close();
  });
});

describe('a mapping of the file', () => {
  const mappings = [{ ...queue, BatchSize: 5 }];

  it('is seen by the API, by the UUID it has on every start', async () => {
    const api = await start({ mappings });
    const [described] = await list(api);
    expect(described).toMatchObject({ BatchSize: 5, EventSourceArn: queue.EventSourceArn });
    expect(api.runtime.status()[0]?.uuid).toBe(described?.UUID);
    await api.close();
  });

  it('can be changed, is then marked as differing, and has its settings back at the next start, which says so', async () => {
    const first = await start({ mappings });
    const UUID = await onlyOne(first);
    await reaches(first, UUID, 'Enabled');
    expect(await first.call('PUT', `${collection}/${UUID}`, { BatchSize: 9 })).toMatchObject({
      status: 202,
      body: { BatchSize: 9 },
    });
    expect(first.runtime.status()).toMatchObject([{ differs: ['BatchSize'] }]);
    await first.close();

    const second = await start({ mappings });
    expect(await list(second)).toMatchObject([{ BatchSize: 5 }]);
    expect(second.runtime.status()[0]).not.toHaveProperty('differs');
    expect(notices(second)).toContain(
      'mapping orders was changed over the API (BatchSize), and has the settings of the file again: mappings of the configuration file are changed by editing the file',
    );
    await second.close();

    const third = await start({ mappings });
    expect(notices(third).filter((text) => text.includes('over the API'))).toEqual([]);
    await third.close();
  });

  it('does not differ any more when it is changed back', async () => {
    const first = await start({ mappings });
    const UUID = await onlyOne(first);
    await reaches(first, UUID, 'Enabled');
    await first.call('PUT', `${collection}/${UUID}`, { BatchSize: 9 });
    await reaches(first, UUID, 'Enabled');
    await first.call('PUT', `${collection}/${UUID}`, { BatchSize: 5 });
    expect(first.runtime.status()[0]).not.toHaveProperty('differs');
    await first.close();
    const second = await start({ mappings });
    expect(notices(second).filter((text) => text.includes('over the API'))).toEqual([]);
    await second.close();
  });

  it('that was deleted is there again at the next start, which says so', async () => {
    const first = await start({ mappings });
    const UUID = await onlyOne(first);
    await reaches(first, UUID, 'Enabled');
    await first.call('DELETE', `${collection}/${UUID}`);
    while ((await list(first)).length > 0) await delay(5);
    await first.close();
    const second = await start({ mappings });
    expect(await list(second)).toMatchObject([{ UUID }]);
    expect(notices(second)).toContain(
      'mapping orders was deleted over the API, and is there again: mappings of the configuration file are changed by editing the file',
    );
    await second.close();
  });

  it('cannot be made a second time', async () => {
    const api = await start({ mappings });
    const UUID = await onlyOne(api);
    const answer = await api.call('POST', collection, queue);
    expect(answer).toMatchObject({ status: 409, body: { message: expect.stringContaining(UUID) as string } });
    await api.close();
  });
});
