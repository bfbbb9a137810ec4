import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  collection,
  functionArn,
  queueArn,
  startLambdaWorld,
  streamArn,
  type LambdaWorld,
} from '../../support/lambda-world.js';

let world: LambdaWorld;
beforeAll(async () => {
  world = await startLambdaWorld();
  await world.sqs.createQueue('orders');
  await world.kinesis.createStream('clicks');
}, 30_000);
afterAll(() => world.close());
beforeEach(() => world.clear());

const queue = { FunctionName: 'worker', EventSourceArn: queueArn('orders'), Enabled: false };
const stream = {
  FunctionName: 'worker',
  EventSourceArn: streamArn('clicks'),
  StartingPosition: 'LATEST',
  Enabled: false,
};

interface Listed {
  readonly EventSourceMappings: readonly { readonly UUID: string }[];
  readonly NextMarker?: string;
}

async function list(query = ''): Promise<Listed> {
  const { status, body } = await world.api.call('GET', `${collection}${query}`);
  expect(status).toBe(200);
  return body as Listed;
}

const uuids = ({ EventSourceMappings }: Listed): readonly string[] => EventSourceMappings.map(({ UUID }) => UUID);

describe('ListEventSourceMappings', () => {
  it('has the same fields as Get, in the order in which mappings were made', async () => {
    const made = [await world.create(queue), await world.create(stream)];
    const listed = await list('/');
    expect(uuids(listed)).toEqual(made);
    for (const configuration of listed.EventSourceMappings) {
      expect((await world.api.call('GET', `${collection}/${configuration.UUID}`)).body).toEqual(configuration);
    }
  });

  it('filters by function, with exactly its qualifier, and by source', async () => {
    const plain = await world.create(queue);
    const alias = await world.create({ ...queue, FunctionName: 'worker:myalias' });
    const other = await world.create({ ...stream, FunctionName: 'billing' });
    const rows = [
      ['FunctionName=worker', [plain]],
      [`FunctionName=${encodeURIComponent(functionArn('worker'))}`, [plain]],
      ['FunctionName=worker%3Amyalias', [alias]],
      ['FunctionName=billing', [other]],
      [`EventSourceArn=${encodeURIComponent(queueArn('orders'))}`, [plain, alias]],
      [`EventSourceArn=${encodeURIComponent(queueArn('orders'))}&FunctionName=billing`, []],
    ] as const;
    for (const [query, expected] of rows) expect(uuids(await list(`?${query}`))).toEqual(expected);
  });

  it.each(['FunctionName=nobody', 'EventSourceArn=arn%3Aaws%3Asqs%3Aus-east-1%3A000000000000%3Anothing'])(
    'of what there is not is empty: %s',
    async (query) => {
      await world.create(queue);
      expect(await list(`?${query}`)).toEqual({ EventSourceMappings: [] });
    },
  );

  it('comes in pages of up to 100; the last one has no NextMarker', async () => {
    for (let count = 0; count < 103; count++) {
      await world.create({
        ...stream,
        Topics: undefined,
        FunctionName: 'worker',
        EventSourceArn: await streamNumber(count),
      });
    }
    const first = await list('?MaxItems=10000');
    expect(first.EventSourceMappings).toHaveLength(100);
    const second = await list(`?Marker=${encodeURIComponent(first.NextMarker ?? '')}`);
    expect(second.EventSourceMappings).toHaveLength(3);
    expect(second).not.toHaveProperty('NextMarker');
    expect(new Set([...uuids(first), ...uuids(second)]).size).toBe(103);

    const exact = await list('?MaxItems=3');
    await world.api.call('DELETE', `${collection}/${uuids(exact)[2]}`);
    const next = await list(`?MaxItems=3&Marker=${exact.NextMarker}`);
    expect(uuids(next)).toEqual(uuids(first).slice(3, 6));
  }, 60_000);

  it.each([
    [
      'MaxItems=0',
      'ValidationException',
      "Value '0' at 'maxItems' failed to satisfy constraint: Member must have value greater than or equal to 1",
    ],
    ['MaxItems=10001', 'ValidationException', 'Member must have value less than or equal to 10000'],
    ['MaxItems=ten', 'SerializationException', "can not be converted to an Integer at 'maxItems'"],
    ['Marker=nonsense', 'InvalidParameterValueException', 'Invalid Marker'],
  ])('refuses %s', async (query, code, message) => {
    const answer = await world.api.call('GET', `${collection}?${query}`);
    expect(answer.status).toBe(400);
    expect(answer.headers.get('x-amzn-errortype')).toBe(code);
    expect(answer.body).toMatchObject({ message: expect.stringContaining(message) as string });
  });
});

/** Made-up consumers are sources of their own, and nothing looks at them as long as nothing polls them. */
async function streamNumber(number: number): Promise<string> {
  const name = `clicks-${number}`;
  await world.kinesis.createStream(name);
  return streamArn(name);
}

const tagsPath = (uuid: string): string =>
  `/2017-03-31/tags/${encodeURIComponent(`arn:aws:lambda:us-east-1:000000000000:event-source-mapping:${uuid}`)}`;

describe('the tags of a mapping', () => {
  it('of Create are seen by ListTags alone', async () => {
    const uuid = await world.create({ ...queue, Tags: { team: 'a' } });
    expect(await world.api.call('GET', tagsPath(uuid))).toMatchObject({ status: 200, body: { Tags: { team: 'a' } } });
    expect((await world.api.call('GET', `${collection}/${uuid}`)).body).not.toHaveProperty('Tags');
  });

  it('are none when none were given', async () => {
    expect((await world.api.call('GET', tagsPath(await world.create(queue)))).body).toEqual({ Tags: {} });
  });

  it('are merged and overwritten by TagResource, with 204 and no body', async () => {
    const uuid = await world.create({ ...queue, Tags: { a: '1', b: '2' } });
    const answer = await world.api.call('POST', tagsPath(uuid), { Tags: { b: '3', c: '' } });
    expect(answer).toMatchObject({ status: 204, body: undefined });
    expect((await world.api.call('GET', tagsPath(uuid))).body).toEqual({ Tags: { a: '1', b: '3', c: '' } });
  });

  it('are removed by UntagResource; unknown keys are silently ignored', async () => {
    const uuid = await world.create({ ...queue, Tags: { a: '1', b: '2', c: '3' } });
    expect(await world.api.call('DELETE', `${tagsPath(uuid)}?tagKeys=nothing`)).toMatchObject({ status: 204 });
    expect(await world.api.call('DELETE', `${tagsPath(uuid)}?tagKeys=a&tagKeys=nothing&tagKeys=b`)).toMatchObject({
      status: 204,
    });
    expect((await world.api.call('GET', tagsPath(uuid))).body).toEqual({ Tags: { c: '3' } });
    await world.api.call('DELETE', `${tagsPath(uuid)}?tagKeys=c`);
    expect((await world.api.call('GET', tagsPath(uuid))).body).toEqual({ Tags: {} });
  });

  const unknown = 'arn:aws:lambda:us-east-1:000000000000:event-source-mapping:11111111-2222-4333-8444-555555555555';
  it.each(['GET', 'POST', 'DELETE'])('of an unknown mapping are answered with 404: %s', async (method) => {
    const body = method === 'POST' ? { Tags: { a: 'b' } } : undefined;
    const query = method === 'DELETE' ? '?tagKeys=a' : '';
    const answer = await world.api.call(method, `/2017-03-31/tags/${encodeURIComponent(unknown)}${query}`, body);
    expect(answer).toMatchObject({
      status: 404,
      body: { Type: 'User', Message: `Event source mapping not found: ${unknown}` },
    });
    expect(answer.headers.get('x-amzn-errortype')).toBe('ResourceNotFoundException');
  });

  it('of an ARN that does not fit are answered with the pattern', async () => {
    const arn = `${unknown}:alias`;
    const answer = await world.api.call('GET', `/2017-03-31/tags/${encodeURIComponent(arn)}`);
    expect(answer.status).toBe(400);
    expect(answer.headers.get('x-amzn-errortype')).toBe('ValidationException');
    expect(answer.body).not.toHaveProperty('Type');
    const { message } = answer.body as { readonly message: string };
    expect(message).toContain(
      `1 validation error detected: Value '${arn}' at 'resource' failed to satisfy constraint: `,
    );
    expect(message).toContain('event-source-mapping:[0-9a-fA-F]{8}-');
  });

  it.each([
    [{}, "Value null at 'tags' failed to satisfy constraint: Member must not be null"],
    [{ Tags: { ['k'.repeat(129)]: 'v' } }, 'Member must have length less than or equal to 128'],
    [{ Tags: { k: 'v'.repeat(257) } }, 'Member must have length less than or equal to 256'],
  ])('are refused when they are wrong: %#', async (body, message) => {
    const uuid = await world.create(queue);
    const answer = await world.api.call('POST', tagsPath(uuid), body);
    expect(answer.status).toBe(400);
    expect(answer.body).toMatchObject({ message: expect.stringContaining(message) as string });
  });

  it('are at most 50', async () => {
    const uuid = await world.create(queue);
    const Tags = Object.fromEntries(Array.from({ length: 51 }, (_, index) => [`k${index}`, 'v']));
    expect(await world.api.call('POST', tagsPath(uuid), { Tags })).toMatchObject({ status: 400 });
    expect((await world.api.call('GET', tagsPath(uuid))).body).toEqual({ Tags: {} });
  });
});
