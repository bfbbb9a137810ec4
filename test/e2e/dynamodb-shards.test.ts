import { describe, expect, it } from 'vitest';
import { StubError } from '../fakes/sqs-stub.js';
import { changes, dynamoDbEvents, keys, ordersTable, told } from '../support/dynamodb-events.js';
import { checkpointed, polls } from '../support/kinesis-events.js';
import type { MillraceCommand } from '../support/millrace-command.js';
import { patient, workbench } from '../support/workbench.js';

/** States of shards that the journal tells, in order. */
const states = (command: MillraceCommand, shard: string): readonly string[] =>
  command.of('orders', 'partition').flatMap(({ partition, state }) => (partition === shard ? [state] : []));

/** On a stub: DynamoDB Local has one shard, which never rolls over. */
describe.concurrent('the shards of a DynamoDB mapping', patient, () => {
  it('are read parents first: a child waits until everything in its parent is done', async (test) => {
    const bench = workbench(test);
    const stub = await bench.dynamoDbStub();
    stub.createTable('orders');
    const [parent = ''] = stub.openShards('orders');
    const project = await bench.project(ordersTable(stub.url, { BatchSize: 1 }));
    const file = project.path('go-on');
    stub.write('orders', [...changes('1'), told('2', { do: 'wait-for', file }), ...changes('3')]);
    const child = stub.roll('orders');
    stub.write('orders', changes('4', '5'));
    const grandchild = stub.roll('orders');
    stub.write('orders', changes('6'));
    const command = project.run('--until-idle=0.5');

    await command.atLeast(2, 'invoked');
    await command.entry('received', ({ records }) => records.length === 3);
    expect(states(command, child)).toEqual([]);
    await project.write('go-on', '');
    expect(await command.exitCode()).toBe(0);
    expect(keys(command)).toEqual(['1', '2', '3', '4', '5', '6']);
    const order = command.of('orders', 'partition').map(({ partition, state }) => `${partition} ${state}`);
    expect(order).toEqual([
      `${parent} started`,
      `${parent} finished`,
      `${child} started`,
      `${child} finished`,
      `${grandchild} started`,
    ]);
  });

  it('are read parents first after a kill as well, from the checkpoint', async (test) => {
    const bench = workbench(test);
    const stub = await bench.dynamoDbStub();
    stub.createTable('orders');
    const project = await bench.project(ordersTable(stub.url, { BatchSize: 1 }));
    const file = project.path('go-on');
    stub.write('orders', [...changes('1'), told('2', { do: 'wait-for', file }), ...changes('3')]);
    const child = stub.roll('orders');
    stub.write('orders', changes('4'));
    const killed = project.run();
    await killed.atLeast(2, 'invoked');
    await checkpointed(killed, 1, 'orders');
    await killed.kill();
    expect(states(killed, child)).toEqual([]);

    await project.write('go-on', '');
    const next = project.run('--until-idle=0.5');
    expect(await next.exitCode()).toBe(0);
    expect(keys(next)).toEqual(['2', '3', '4']);
  });

  it('are found while it runs, and read from their beginning, also with LATEST', async (test) => {
    const bench = workbench(test);
    const stub = await bench.dynamoDbStub();
    stub.createTable('orders');
    stub.write('orders', changes('before'));
    const project = await bench.project(ordersTable(stub.url, { StartingPosition: 'LATEST' }));
    const command = project.run('--until-idle=1');
    await polls(command, 'orders');
    stub.write('orders', changes('1'));
    const child = stub.roll('orders');
    stub.write('orders', changes('2'), child);
    await command.entry('partition', ({ partition, state }) => partition === child && state === 'started');
    stub.write('orders', changes('3'), child);

    expect(await command.exitCode()).toBe(0);
    expect(keys(command)).toEqual(['1', '2', '3']);
  });

  it('do not hold each other up', async (test) => {
    const bench = workbench(test);
    const stub = await bench.dynamoDbStub();
    stub.createTable('orders');
    const [first = ''] = stub.openShards('orders');
    const second = stub.addShard('orders', undefined);
    const project = await bench.project(ordersTable(stub.url));
    const file = project.path('go-on');
    stub.write('orders', [told('slow', { do: 'wait-for', file })], first);
    stub.write('orders', changes('quick'), second);
    const command = project.run('--until-idle=0.5');

    await command.entry('succeeded', ({ partition }) => partition === second);
    expect(command.all('succeeded').map(({ partition }) => partition)).toEqual([second]);
    await project.write('go-on', '');
    expect(await command.exitCode()).toBe(0);
    expect(new Set(keys(command))).toEqual(new Set(['slow', 'quick']));
  });

  it('are all found when the service tells of them page by page', async (test) => {
    const bench = workbench(test);
    const stub = await bench.dynamoDbStub();
    stub.createTable('orders');
    stub.shardsPerPage = 3;
    const shards = [
      ...stub.openShards('orders'),
      ...Array.from({ length: 7 }, () => stub.addShard('orders', undefined)),
    ];
    for (const [index, shard] of shards.entries()) stub.write('orders', changes(`${index}`), shard);
    const project = await bench.project(ordersTable(stub.url));
    const command = project.run('--until-idle=0.5');

    expect(await command.exitCode()).toBe(0);
    expect(keys(command).toSorted()).toEqual(shards.map((_, index) => `${index}`));
  });

  it('are read on when an iterator has expired, with nothing skipped or delivered again', async (test) => {
    const bench = workbench(test);
    const stub = await bench.dynamoDbStub();
    stub.createTable('orders');
    stub.write('orders', changes('1', '2'));
    const project = await bench.project(ordersTable(stub.url));
    const command = project.run('--until-idle=1');
    await checkpointed(command, 2, 'orders');
    stub.write('orders', changes('3'));
    stub.expireIterators();
    stub.write('orders', changes('4'));
    await checkpointed(command, 4, 'orders');

    expect(await command.exitCode()).toBe(0);
    expect(keys(command)).toEqual(['1', '2', '3', '4']);
    expect(states(command, command.of('orders', 'received')[0]?.partition ?? '')).toEqual(['started']);
  });

  it('go on at the oldest record that is left when others were trimmed, and say so', async (test) => {
    const bench = workbench(test);
    const stub = await bench.dynamoDbStub();
    stub.createTable('orders');
    const [shard = ''] = stub.openShards('orders');
    const [, , last] = stub.write('orders', changes('1', '2', '3'));
    const project = await bench.project(ordersTable(stub.url));
    const first = project.run('--until-idle=0.5');
    expect(await first.exitCode()).toBe(0);
    stub.write('orders', changes('4', '5', '6'));
    stub.trim('orders', shard, 1);
    const next = project.run('--until-idle=0.5');

    expect(await next.exitCode()).toBe(0);
    expect(keys(next)).toEqual(['6']);
    const trimmed = next.of('orders', 'partition').filter(({ state }) => state === 'trimmed');
    expect(trimmed).toMatchObject([
      {
        partition: shard,
        because: expect.stringMatching(new RegExp(`records behind sequence number ${last} may be gone`)),
      },
    ]);
  });

  it('say so when one is gone that was not finished', async (test) => {
    const bench = workbench(test);
    const stub = await bench.dynamoDbStub();
    stub.createTable('orders');
    const [parent = ''] = stub.openShards('orders');
    const project = await bench.project(ordersTable(stub.url));
    const file = project.path('never');
    stub.write('orders', [told('1', { do: 'wait-for', file })]);
    const first = project.run();
    await first.atLeast(1, 'invoked');
    await first.kill();
    stub.roll('orders');
    stub.write('orders', changes('2'));
    stub.forget('orders', parent);
    const next = project.run('--until-idle=0.5');

    expect(await next.exitCode()).toBe(0);
    expect(keys(next)).toEqual(['2']);
    expect(next.of('orders', 'partition')).toContainEqual(
      expect.objectContaining({ partition: parent, state: 'trimmed' }),
    );
  });

  it('wait for a service that throttles, and for records behind empty pages', async (test) => {
    const bench = workbench(test);
    const stub = await bench.dynamoDbStub();
    stub.createTable('orders');
    stub.emptyPages = 3;
    stub.write('orders', changes('1'));
    const slow = new StubError(400, 'ProvisionedThroughputExceededException', 'slow down');
    stub.fail('GetRecords', slow, 2);
    const project = await bench.project(ordersTable(stub.url));
    const command = project.run('--until-idle=1.5');
    const { because } = await command.entry('partition', ({ state }) => state === 'waiting');
    const mapping = await command.entry('state-changed', ({ state }) => state === 'waiting');

    expect(await command.exitCode()).toBe(0);
    expect(because).toMatch(/throttl|slow/);
    expect(mapping.because).toContain('waiting for');
    expect(keys(command)).toEqual(['1']);
  });
});

describe.concurrent('a record of a DynamoDB mapping', patient, () => {
  it('names the service in userIdentity when its time to live has removed the item', async (test) => {
    const bench = workbench(test);
    const stub = await bench.dynamoDbStub();
    const stream = stub.createTable('orders');
    const at = Math.floor(Date.now() / 1_000);
    const userIdentity = { principalId: 'dynamodb.amazonaws.com', type: 'Service' };
    const [sequence] = stub.write('orders', [
      {
        id: 'old',
        at,
        more: { eventName: 'REMOVE', userIdentity: { PrincipalId: userIdentity.principalId, Type: userIdentity.type } },
        change: { OldImage: { id: { S: 'old' }, until: { N: '1' } } },
      },
      { id: 'by hand', at, more: { eventName: 'REMOVE' } },
    ]);
    const Pattern = JSON.stringify({ userIdentity: { type: ['Service'], principalId: ['dynamodb.amazonaws.com'] } });
    const project = await bench.project(ordersTable(stub.url, { FilterCriteria: { Filters: [{ Pattern }] } }));
    const command = project.run('--until-idle=0.5');

    expect(await command.exitCode()).toBe(0);
    expect(dynamoDbEvents(command, 'orders')).toEqual([
      [
        {
          eventID: sequence?.padStart(32, '0'),
          eventName: 'REMOVE',
          eventVersion: '1.1',
          eventSource: 'aws:dynamodb',
          awsRegion: 'us-east-1',
          dynamodb: {
            ApproximateCreationDateTime: at,
            Keys: { id: { S: 'old' } },
            OldImage: { id: { S: 'old' }, until: { N: '1' } },
            SequenceNumber: sequence,
            SizeBytes: 5,
            StreamViewType: 'NEW_AND_OLD_IMAGES',
          },
          userIdentity,
          eventSourceARN: stream,
        },
      ],
    ]);
  });
});
