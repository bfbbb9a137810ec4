import { describe, expect, it } from 'vitest';
import { dynamoDbEvents, ordersTable, told } from '../support/dynamodb-events.js';
import { polls } from '../support/kinesis-events.js';
import { dynamoDbLocalMissing } from '../support/needs-dynamodb-local.js';
import { patient, tableArn, workbench } from '../support/workbench.js';

/** Of a change on the stub. */
const eventId = (sequence: string): string => sequence.padStart(32, '0');

describe.skipIf(dynamoDbLocalMissing)('millrace send to a DynamoDB mapping', patient, () => {
  it('puts items into the table, plain or typed, in order, and prints their keys', async (test) => {
    const bench = workbench(test);
    const local = await bench.dynamoDb();
    await local.createTable('orders', 'NEW_AND_OLD_IMAGES');
    const project = await bench.project(ordersTable(local.url));
    const run = project.run();
    await polls(run, 'orders');
    const items = [
      '{"id":"a","n":1,"list":["x",true,null]}',
      '{"id":{"S":"b"},"bytes":{"B":"AAE="}}',
      '{"id":"a","n":2}',
    ];
    const command = project.millrace(['send', 'orders', ...items]);

    expect(await command.exitCode()).toBe(0);
    expect(command.plainLines.length + command.entries.length).toBe(3);
    expect(command.entries.map((line) => JSON.stringify(line))).toEqual([
      '{"id":{"S":"a"}}',
      '{"id":{"S":"b"}}',
      '{"id":{"S":"a"}}',
    ]);
    expect(command.stderr).toContain(`sent 3 to stream of table orders (DynamoDB → ${local.url}`);
    await run.until(
      'three changes',
      () => run.of('orders', 'checkpointed').flatMap(({ records }) => records).length >= 3,
    );
    expect(
      dynamoDbEvents(run, 'orders')
        .flat()
        .map(({ eventName, dynamodb }) => [eventName, dynamodb.NewImage]),
    ).toEqual([
      ['INSERT', { id: { S: 'a' }, n: { N: '1' }, list: { L: [{ S: 'x' }, { BOOL: true }, { NULL: true }] } }],
      ['INSERT', { id: { S: 'b' }, bytes: { B: 'AAE=' } }],
      ['MODIFY', { id: { S: 'a' }, n: { N: '2' } }],
    ]);
    run.interrupt();
    expect(await run.exitCode()).toBe(130);
  });

  it('ends with 2 for what cannot be put, and puts nothing', async (test) => {
    const bench = workbench(test);
    const local = await bench.dynamoDb();
    await local.createTable('orders', 'NEW_AND_OLD_IMAGES');
    const project = await bench.project(ordersTable(local.url));
    const [noKey, noJson, nothing] = [
      project.millrace(['send', 'orders', '{"id":"a"}', '{"name":"without id"}']),
      project.millrace(['send', 'orders', 'text']),
      project.millrace(['send', 'orders']),
    ];

    expect(await noKey.exitCode()).toBe(2);
    expect(noKey.stderr).toContain('add the key of table orders: id');
    expect(await noJson.exitCode()).toBe(2);
    expect(noJson.stderr).toContain('item text:');
    expect(await nothing.exitCode()).toBe(2);
    expect(nothing.stderr).toMatch(/item/);
    const run = project.run('--until-idle=0.5');
    expect(await run.exitCode()).toBe(0);
    expect(run.all('received')).toEqual([]);
  });
});

describe('millrace why', patient, () => {
  it('finds a change by its eventID, by shard and sequence number, and by the beginning of either', async (test) => {
    const bench = workbench(test);
    const stub = await bench.dynamoDbStub();
    stub.createTable('orders');
    const [good = '', bad = ''] = stub.write('orders', [told('1', { do: 'nothing' }), told('2', { do: 'throw' })]);
    const [shard = ''] = stub.openShards('orders');
    const project = await bench.project(ordersTable(stub.url, { BatchSize: 1, MaximumRetryAttempts: 1 }));
    const run = project.run('--until-idle=0.5');
    expect(await run.exitCode()).toBe(1);
    const ask = async (...words: readonly string[]): Promise<string> => {
      const command = project.millrace(['why', ...words]);
      await command.exitCode();
      return command.text;
    };

    const byEventId = await ask(eventId(bad));
    expect(byEventId).toContain(`record ${bad} (mapping orders, ${shard})`);
    expect(byEventId).toContain('RangeError: told to throw');
    expect(byEventId).toContain('Given up after 2 tries');
    expect(await ask(`${shard}:${bad}`)).toBe(byEventId);
    expect(await ask(bad)).toBe(byEventId);
    const byShard = await ask(`${shard}:${good}`);
    expect(byShard).toContain(`record ${good} (mapping orders, ${shard})`);
    expect(byShard).toContain('Handled after 1 try');
    expect(await ask(eventId(good))).toBe(byShard);

    const both = project.millrace(['why', `${shard}:${good.slice(0, 8)}`]);
    expect(await both.exitCode()).toBe(1);
    expect(both.stdout).toContain(good);
    expect(both.stdout).toContain(bad);
    const unknown = project.millrace(['why', `${shard}:2`]);
    expect(await unknown.exitCode()).toBe(1);
    expect(unknown.stdout).toContain('is in the journal');
  });
});

describe.concurrent('millrace check of a DynamoDB mapping', patient, () => {
  it('ends with 0 when the stream is there, by the ARN of the table or of the stream; reads no record', async (test) => {
    const bench = workbench(test);
    const stub = await bench.dynamoDbStub();
    stub.createTable('orders');
    const stream = stub.createTable('users');
    const project = await bench.project({
      ...ordersTable(stub.url),
      mappings: [tableArn('orders'), stream].map((EventSourceArn) => ({
        FunctionName: 'works',
        EventSourceArn,
        StartingPosition: 'LATEST' as const,
      })),
    });
    const command = project.millrace(['check']);

    expect(await command.exitCode()).toBe(0);
    expect(command.stdout).toMatch(/✔ mapping orders: stream of table orders .*1 open shard/);
    expect(command.stdout).toMatch(/✔ mapping users: stream of table users .*1 open shard/);
    expect(command.stdout).toContain(`DynamoDB → ${stub.url}`);
    expect(stub.callsOf('GetRecords')).toEqual([]);
  });

  it('ends with 2 and names every stream that cannot be used', async (test) => {
    const bench = workbench(test);
    const stub = await bench.dynamoDbStub();
    stub.createTableWithoutStream('plain');
    const old = stub.createTable('changed');
    stub.deleteStream('changed');
    stub.enableStream('changed');
    const project = await bench.project({
      ...ordersTable(stub.url),
      mappings: [tableArn('missing'), tableArn('plain'), old].map((EventSourceArn) => ({
        FunctionName: 'works',
        EventSourceArn,
        StartingPosition: 'LATEST' as const,
      })),
    });
    const command = project.millrace(['check']);

    expect(await command.exitCode()).toBe(2);
    expect(command.plainLines.filter((line) => line.startsWith('✖'))).toEqual([
      expect.stringMatching(/^✖ mapping missing: .*does not exist at/),
      expect.stringMatching(/^✖ mapping plain: .*table plain at \S+ has no stream; enable one/),
      expect.stringMatching(/^✖ mapping changed: .*the latest stream of table changed is \S+: name that one/),
    ]);
  });
});
