import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { duplicateError, isDuplicate } from '../../src/mappings/rules/duplicates.js';
import type { EventSourceMapping } from '../../src/mappings/event-source-mapping.js';
import { findMapping, stableUuid, withNames } from '../../src/mappings/identity.js';
import {
  customArn,
  customQueueArn,
  mappingWith,
  queueArn,
  streamArn,
  streamWith,
  tableStreamArn,
  world,
} from './mapping-world.js';

const invoices = 'arn:aws:sqs:us-east-1:111111111111:invoices';
const ordersElsewhere = 'arn:aws:sqs:us-east-1:222222222222:orders';

describe('the UUID of a mapping', () => {
  it('never changes between versions', () => {
    expect(mappingWith().uuid).toBe('016b6e48-4dec-5955-9a6d-b17bbd0e5248');
  });

  it('is the same whatever the options, and another for another function, alias, queue, account or Region', () => {
    const { uuid } = mappingWith();
    expect(mappingWith({ BatchSize: 1, Enabled: false }).uuid).toBe(uuid);
    const others = [
      mappingWith({ FunctionName: 'billing' }),
      mappingWith({ FunctionName: 'worker:live' }),
      mappingWith({ EventSourceArn: invoices }),
      mappingWith({}, { ...world, account: '333333333333' }),
    ].map((mapping) => mapping.uuid);
    expect(new Set([uuid, ...others]).size).toBe(5);
  });

  it('of a stream is that of its ARN as it was written', () => {
    const table = 'arn:aws:dynamodb:us-east-1:111111111111:table/items';
    const uuids = [streamArn, tableStreamArn, table].map((EventSourceArn) => streamWith({ EventSourceArn }).uuid);
    expect(uuids).toEqual([
      'b33503db-a023-5bf1-884b-bcce73424d91',
      '0de9f271-a7d1-5624-bdaa-7a41c3ba1e51',
      '63ec055c-0b68-5714-ba39-c7944d6f9a85',
    ]);
    expect(streamWith({ StartingPosition: 'TRIM_HORIZON', BatchSize: 1 }).uuid).toBe(uuids[0]);
  });

  it('is a version-5 UUID that depends on every part, whatever the parts are', () => {
    const part = fc.string();
    fc.assert(
      fc.property(fc.tuple(part, part, part, part), fc.tuple(part, part, part, part), (one, other) => {
        const [first, second] = [one, other].map(([account, region, name, source]) =>
          stableUuid({ account, region }, { name, qualifier: undefined, arn: '' }, source),
        );
        expect(first).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
        expect(first === second).toBe(JSON.stringify(one) === JSON.stringify(other));
      }),
    );
  });
});

function named(...given: readonly Readonly<Record<string, unknown>>[]): readonly EventSourceMapping[] {
  return withNames(given.map((over) => mappingWith(over)));
}

function names(...given: readonly Readonly<Record<string, unknown>>[]): readonly string[] {
  return named(...given).map((mapping) => mapping.name);
}

describe('the name of a mapping', () => {
  it('is that of its queue', () => {
    expect(names({}, { EventSourceArn: invoices })).toEqual(['orders', 'invoices']);
  });

  it('has the function in front where the queue is not enough', () => {
    expect(names({}, { FunctionName: 'billing' }, { EventSourceArn: invoices })).toEqual([
      'worker/orders',
      'billing/orders',
      'invoices',
    ]);
  });

  it('has the alias too where the function is not enough', () => {
    expect(names({}, { FunctionName: 'worker:live' })).toEqual(['worker/orders', 'worker:live/orders']);
  });

  it('is that of a stream, a table, or what a source of the configuration reads', () => {
    const consumer = { EventSourceArn: `${streamArn}/consumer/fan:1690000000` };
    const table = { EventSourceArn: tableStreamArn };
    const lines = { EventSourceArn: customArn };
    const mappings = [
      streamWith(),
      streamWith({ ...consumer, FunctionName: 'billing' }),
      streamWith(table),
      streamWith(lines),
      mappingWith({ EventSourceArn: customQueueArn }),
    ];
    expect(withNames(mappings).map(({ name }) => name)).toEqual([
      'worker/clicks',
      'billing/clicks',
      'items',
      'log.jsonl',
      'mail',
    ]);
  });

  it('has a part of the UUID where nothing else is left', () => {
    const [one, other] = named({}, { EventSourceArn: ordersElsewhere });
    expect(one?.name).toBe(`worker/orders/${one?.uuid.slice(0, 8)}`);
    expect(other?.name).toBe(`worker/orders/${other?.uuid.slice(0, 8)}`);
  });
});

describe('a mapping is found', () => {
  const mappings = named({}, { FunctionName: 'billing' }, { EventSourceArn: invoices });
  const [orders, billing, bills] = mappings;

  it('by name, UUID in any case, and the beginning of either', () => {
    expect(findMapping(mappings, 'worker/orders')).toBe(orders);
    expect(findMapping(mappings, billing?.uuid.toUpperCase() ?? '')).toBe(billing);
    expect(findMapping(mappings, orders?.uuid.slice(0, 9) ?? '')).toBe(orders);
    expect(findMapping(mappings, 'inv')).toBe(bills);
  });

  it('by its exact name even where that begins another one', () => {
    const [short] = named({}, { EventSourceArn: `${queueArn}-late` });
    expect(findMapping(named({}, { EventSourceArn: `${queueArn}-late` }), 'orders').uuid).toBe(short?.uuid);
  });

  it('or the error lists what there is', () => {
    expect(() => findMapping(mappings, 'nothing')).toThrow(
      `no mapping "nothing"; there are:\n  worker/orders  ${orders?.uuid}\n  billing/orders  ${billing?.uuid}\n  invoices  ${bills?.uuid}`,
    );
  });

  it('or the error lists those it could be', () => {
    const two = named({}, { EventSourceArn: `${queueArn}-late` });
    expect(() => findMapping(two, 'ord')).toThrow(
      `"ord" could be several mappings; give more of the name or UUID:\n  orders  ${two[0]?.uuid}\n  orders-late  ${two[1]?.uuid}`,
    );
    expect(() => findMapping(two, '')).toThrow('no mapping ""');
    expect(() => findMapping([], 'orders')).toThrow('the configuration has no mappings');
  });
});

describe('a second mapping', () => {
  it('of the same function to the same queue is a duplicate, in the words of AWS', () => {
    const [one, other] = [mappingWith(), mappingWith({ BatchSize: 1 })];
    expect(isDuplicate(one, other)).toBe(true);
    expect(duplicateError(other, one)).toEqual({
      status: 409,
      code: 'ResourceConflictException',
      message: `An event source mapping with SQS arn (" ${queueArn} ") and function (" worker ") already exists. Please update or delete the existing mapping with UUID ${one.uuid}`,
    });
  });

  it.each([streamArn, tableStreamArn])('of the same function to the same stream is one, too: %s', (arn) => {
    const [one, other] = [streamWith({ EventSourceArn: arn }), streamWith({ EventSourceArn: arn, BatchSize: 1 })];
    expect(isDuplicate(one, other)).toBe(true);
    expect(duplicateError(other, one)).toEqual({
      status: 409,
      code: 'ResourceConflictException',
      message: `The event source arn (" ${arn} ") and function (" worker ") provided mapping already exists. Please update or delete the existing mapping with UUID ${one.uuid}`,
    });
  });

  it('of a consumer of the same stream is none', () => {
    expect(isDuplicate(streamWith(), streamWith({ EventSourceArn: `${streamArn}/consumer/fan:1` }))).toBe(false);
  });

  it.each([{ FunctionName: 'billing' }, { FunctionName: 'worker:live' }, { EventSourceArn: invoices }])(
    'with another %j is none',
    (over) => {
      expect(isDuplicate(mappingWith(), mappingWith(over))).toBe(false);
    },
  );
});
