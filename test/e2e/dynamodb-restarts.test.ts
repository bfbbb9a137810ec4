import { rm } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { changes, dynamoDbEvents, keys, ordersTable } from '../support/dynamodb-events.js';
import { checkpointed, polls } from '../support/kinesis-events.js';
import type { MillraceCommand } from '../support/millrace-command.js';
import { dynamoDbLocalMissing } from '../support/needs-dynamodb-local.js';
import { patient, workbench } from '../support/workbench.js';

async function stop(command: MillraceCommand): Promise<void> {
  command.interrupt();
  expect(await command.exitCode()).toBe(130);
}

describe.concurrent('a restart of a DynamoDB mapping', patient, () => {
  it('with LATEST skips nothing that was written while it was stopped, and delivers nothing twice', async (test) => {
    const bench = workbench(test);
    const stub = await bench.dynamoDbStub();
    stub.createTable('orders');
    stub.write('orders', changes('before'));
    const project = await bench.project(ordersTable(stub.url, { StartingPosition: 'LATEST' }));
    const first = project.run();
    await polls(first, 'orders');
    await stop(first);
    stub.write('orders', changes('1', '2'));
    const second = project.run();
    await checkpointed(second, 2, 'orders');
    await stop(second);
    stub.write('orders', changes('3'));
    const third = project.run('--until-idle=0.5');

    expect(await third.exitCode()).toBe(0);
    expect([first, second, third].map(keys)).toEqual([[], ['1', '2'], ['3']]);
  });

  it('with TRIM_HORIZON goes on behind its checkpoint, and begins anew when the state folder is gone', async (test) => {
    const bench = workbench(test);
    const stub = await bench.dynamoDbStub();
    stub.createTable('orders');
    stub.write('orders', changes('1', '2'));
    const project = await bench.project(ordersTable(stub.url));
    const first = project.run('--until-idle=0.5');
    expect(await first.exitCode()).toBe(0);
    stub.write('orders', changes('3'));
    const second = project.run('--until-idle=0.5');
    expect(await second.exitCode()).toBe(0);
    await rm(project.path('.millrace'), { recursive: true });
    const third = project.run('--until-idle=0.5');

    expect(await third.exitCode()).toBe(0);
    expect([first, second, third].map(keys)).toEqual([['1', '2'], ['3'], ['1', '2', '3']]);
  });
});

describe.concurrent('a stream that is disabled', patient, () => {
  it('is read to its end; then the mapping of the table goes on with its next stream, and says so', async (test) => {
    const bench = workbench(test);
    const stub = await bench.dynamoDbStub();
    stub.createTable('orders');
    stub.write('orders', changes('1', '2'));
    stub.disableStream('orders');
    const project = await bench.project(ordersTable(stub.url));
    const first = project.run('--until-idle=0.5');
    expect(await first.exitCode()).toBe(0);
    const stream = stub.enableStream('orders');
    stub.write('orders', changes('3'));
    const second = project.run('--until-idle=0.5');

    expect(await second.exitCode()).toBe(0);
    expect([first, second].map(keys)).toEqual([['1', '2'], ['3']]);
    expect(dynamoDbEvents(second, 'orders')[0]?.[0]?.eventSourceARN).toBe(stream);
    expect(second.all('notice').map(({ because }) => because)).toContainEqual(
      expect.stringMatching(/is another one than before .*its checkpoints do not count any more/),
    );
  });

  it('is left for the next one while it runs', async (test) => {
    const bench = workbench(test);
    const stub = await bench.dynamoDbStub();
    stub.createTable('orders');
    stub.write('orders', changes('1'));
    const project = await bench.project(ordersTable(stub.url));
    const command = project.run();
    await checkpointed(command, 1, 'orders');
    stub.disableStream('orders');
    stub.enableStream('orders');
    stub.write('orders', changes('2'));
    await checkpointed(command, 2, 'orders');

    expect(keys(command)).toEqual(['1', '2']);
    await stop(command);
  });

  it('is a reason to wait when nothing is left in it', async (test) => {
    const bench = workbench(test);
    const stub = await bench.dynamoDbStub();
    stub.createTable('orders');
    const [shard = ''] = stub.openShards('orders');
    stub.disableStream('orders');
    stub.forget('orders', shard);
    const project = await bench.project(ordersTable(stub.url));
    const command = project.run('--until-idle=0.5', '--timeout=1');

    expect(await command.exitCode()).toBe(2);
    expect(command.stderr).toMatch(/is disabled, and nothing is left in it; enable a stream on table orders/);
  });
});

describe.concurrent('a DynamoDB mapping waits', patient, () => {
  it('for the stream of a table that has none', async (test) => {
    const bench = workbench(test);
    const stub = await bench.dynamoDbStub();
    stub.createTableWithoutStream('orders');
    const project = await bench.project(ordersTable(stub.url));
    const command = project.run('--until-idle=0.5');
    const { because } = await command.entry('state-changed', ({ state }) => state === 'waiting');
    stub.enableStream('orders');
    stub.write('orders', changes('1'));

    expect(because).toMatch(/table orders at \S+ has no stream; enable one/);
    expect(await command.exitCode()).toBe(0);
    expect(keys(command)).toEqual(['1']);
  });

  it('for a table that does not exist', async (test) => {
    const bench = workbench(test);
    const stub = await bench.dynamoDbStub();
    const project = await bench.project(ordersTable(stub.url));
    const command = project.run('--until-idle=0.5');
    const { because } = await command.entry('state-changed', ({ state }) => state === 'waiting');
    stub.createTable('orders');
    stub.write('orders', changes('1'));

    expect(because).toMatch(/waiting for stream of table orders: it does not exist at/);
    expect(await command.exitCode()).toBe(0);
    expect(keys(command)).toEqual(['1']);
  });
});

describe.skipIf(dynamoDbLocalMissing)('on DynamoDB Local', patient, () => {
  it('a mapping goes on behind its checkpoint, and with the next stream of its table when one is disabled', async (test) => {
    const bench = workbench(test);
    const local = await bench.dynamoDb();
    const put = (id: string): Promise<void> => local.put('orders', { id: { S: id } });
    await local.createTable('orders', 'NEW_AND_OLD_IMAGES');
    await put('before');
    const project = await bench.project(ordersTable(local.url, { StartingPosition: 'LATEST' }));
    const first = project.run();
    await polls(first, 'orders');
    await put('1');
    await checkpointed(first, 1, 'orders');
    await stop(first);
    await put('2');
    const second = project.run();
    await checkpointed(second, 1, 'orders');
    await local.disableStream('orders');
    const stream = await local.enableStream('orders', 'NEW_IMAGE');
    await second.entry('notice', ({ because }) => because.includes('is another one than before'));
    await polls(second, 'orders');
    await put('3');
    await checkpointed(second, 2, 'orders');
    await stop(second);

    expect([first, second].map(keys)).toEqual([['1'], ['2', '3']]);
    expect(dynamoDbEvents(second, 'orders').flat().at(-1)?.eventSourceARN).toBe(stream);
  });
});
