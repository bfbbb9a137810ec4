import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunReport } from '../../src/readers/status/report.js';
import type { MappingInput } from '../../src/mappings/schema/request.js';
import { empty, type TestSqs } from '../support/embedded-sqs.js';
import type { MillraceCommand } from '../support/millrace-command.js';
import { arn, patient, Workbench, workbench, type Project } from '../support/workbench.js';

const told = (what: object): string => JSON.stringify(what);
const filters = (...patterns: readonly (object | string)[]): Pick<MappingInput, 'FilterCriteria'> => ({
  FilterCriteria: {
    Filters: patterns.map((pattern) => ({ Pattern: typeof pattern === 'string' ? pattern : told(pattern) })),
  },
});
const work = { Handler: 'handlers/as-told.handler', Timeout: 2 };
const orders = { FunctionName: 'work', EventSourceArn: arn('orders') };
const europe = { body: { region: [{ prefix: 'eu-' }] } };

/** Not what any JSON library would write, with a number that JavaScript rounds to the one that `neighbour` has. */
const odd =
  ' \r\n{"region" :\t"eu-west-1", "note":1,"note":2,\n"price":1.0,"big":1E2,"id":9007199254740993,' +
  String.raw`"name":"\u00e9\u20AC\/\ud83d\ude00\u2028"` +
  ',"text":"\u2028" } \n';
const neighbour = '{"region":"eu-west-1","id":9007199254740992}';

interface Row {
  readonly criteria: Pick<MappingInput, 'FilterCriteria'>;
  readonly keeps: readonly string[];
  readonly drops: readonly string[];
  /** Why the first of them is dropped. */
  readonly because?: string;
}

/** Each on a queue of its own, in one run of the command. */
const rows = {
  region: {
    criteria: filters(europe),
    keeps: ['{"region":"eu-west-1"}'],
    drops: ['{"region":"us-east-1"}', '{}', '{"region":null}'],
    because: 'body.region is "us-east-1" and the pattern wants prefix "eu-"',
  },
  exact: {
    criteria: filters('{"body":{"region":["eu-west-1"],"id":[9007199254740993]}}'),
    keeps: [odd],
    drops: [neighbour],
    because: 'body.id is 9007199254740992 and the pattern wants 9007199254740993',
  },
  dropped: {
    criteria: filters(europe),
    keeps: [],
    drops: Array.from({ length: 25 }, (_, nr) => told({ region: 'us-east-1', nr })),
  },
  json: {
    criteria: filters(europe),
    keeps: ['{"region":"eu-"}'],
    drops: ['eu-west-1', '"eu-west-1"', '{"region":"eu-west-1"', '7', 'null'],
    because: 'body is not a JSON object and the pattern wants fields of it',
  },
  text: {
    criteria: filters({ body: ['hello', { prefix: 'order ' }] }),
    keeps: ['hello', 'order 66'],
    drops: ['{"hello":"order "}', 'hello ', 'an order '],
    because: 'body is JSON and the pattern wants text',
  },
  any: {
    criteria: filters(europe, { body: { priority: [{ numeric: ['>=', 9] }] } }),
    keeps: ['{"region":"eu-1","priority":1}', '{"region":"us-1","priority":9}', '{"region":"eu-1","priority":9}'],
    drops: ['{"region":"us-1","priority":8}'],
    because: 'filter 1 of 2 came closest: body.region is "us-1" and the pattern wants prefix "eu-"',
  },
} satisfies Readonly<Record<string, Row>>;

const all = Object.entries<Row>(rows).map(([queue, row]) => ({ queue, ...row }));

describe('a filter of an SQS mapping', patient, () => {
  const bench = new Workbench();
  const ids = new Map<string, string>();
  let sqs: TestSqs;
  let project: Project;
  let command: MillraceCommand;
  let exitCode: number | null;

  beforeAll(async () => {
    sqs = await bench.sqs();
    for (const { queue, keeps, drops } of all) {
      await sqs.createQueue(queue);
      const bodies = [...drops, ...keeps];
      for (const [index, id] of (await sqs.sendAll(queue, bodies)).entries()) ids.set(`${queue} ${bodies[index]}`, id);
    }
    const QueueUrl = await sqs.createQueue('metadata');
    for (const kind of ['order', 'return']) {
      const MessageAttributes = { kind: { DataType: 'String', StringValue: kind } };
      await sqs.client.send(new SendMessageCommand({ QueueUrl, MessageBody: kind, MessageAttributes }));
    }
    project = await bench.project({
      functions: { work: { Handler: 'handlers/as-told.echo', Timeout: 30 } },
      mappings: [
        ...all.map(({ queue, criteria }) => ({ ...orders, EventSourceArn: arn(queue), ...criteria })),
        {
          ...orders,
          EventSourceArn: arn('metadata'),
          ...filters({
            messageAttributes: { kind: { stringValue: ['order'] } },
            attributes: { ApproximateReceiveCount: ['1'] },
            eventSourceARN: [{ suffix: ':metadata' }],
          }),
        },
      ],
      endpoints: { sqs: sqs.url },
    });
    command = project.run('--until-idle=0.5', '--report=report.json');
    exitCode = await command.exitCode();
  }, patient.timeout);
  afterAll(() => bench.close());

  const bodies = (queue: string): readonly string[] =>
    command.events(queue).flatMap(({ Records }) => Records.map(({ body }) => body));
  const settled = (queue: string, because: 'handled' | 'filtered'): readonly string[] =>
    command.of(queue, 'settled').flatMap((entry) => (entry.because === because ? entry.records : []));
  const idsOf = (queue: string, sent: readonly string[]): readonly string[] =>
    sent.map((body) => ids.get(`${queue} ${body}`) ?? '');

  it('gives the handler the body of a message that it keeps exactly as it was sent', () => {
    expect(bodies('exact')).toEqual([odd]);
  });

  it.each(all)('hands on what it keeps of queue $queue, and nothing else', ({ queue, keeps }) => {
    expect(bodies(queue).toSorted()).toEqual(keeps.toSorted());
    expect(settled(queue, 'handled').toSorted()).toEqual(idsOf(queue, keeps).toSorted());
  });

  it.each(all)('deletes what it drops from queue $queue, once', async ({ queue, drops }) => {
    expect(settled(queue, 'filtered').toSorted()).toEqual(idsOf(queue, drops).toSorted());
    expect(await sqs.depth(queue)).toEqual(empty);
  });

  it('is no failure of the run, and never calls the handler without a message', async () => {
    const { mappings } = JSON.parse(await project.read('report.json')) as RunReport;

    expect(exitCode).toBe(0);
    expect(command.of('dropped', 'batched')).toEqual([]);
    expect(command.of('dropped', 'invoked')).toEqual([]);
    expect(mappings.find(({ name }) => name === 'dropped')).toMatchObject({
      received: 25,
      filtered: 25,
      handled: 0,
      failed: 0,
      discarded: 0,
      unhandled: 0,
    });
  });

  it('sees message attributes, system attributes and the ARN of the queue', () => {
    expect(bodies('metadata')).toEqual(['order']);
  });

  it.each(all.filter(({ because }) => because !== undefined))(
    'journals why it drops a message of queue $queue: $because',
    ({ queue, drops, because }) => {
      const dropped = idsOf(queue, drops);
      const entries = command.of(queue, 'filtered');

      expect(entries.map(({ record }) => record).toSorted()).toEqual(dropped.toSorted());
      expect(entries.find(({ record }) => record === dropped[0])?.because).toBe(because);
    },
  );

  it('is told by millrace why, with field, value and what the pattern wants', async () => {
    const [id = '', bare = ''] = idsOf('region', rows.region.drops);
    const [why, json, missing] = [
      project.millrace(['why', id]),
      project.millrace(['why', id, '--json']),
      project.millrace(['why', bare]),
    ];

    expect(await why.exitCode()).toBe(0);
    expect(why.stdout).toContain(`filtered out: ${rows.region.because}\n`);
    expect(why.stdout).toContain('settled: deleted from the queue because the filter dropped it\n');
    expect(why.stdout).toContain('→ Filtered out: the handler was not invoked, and the queue does not keep it.');
    expect(await json.exitCode()).toBe(0);
    const { life } = JSON.parse(json.stdout) as { readonly life: { readonly steps: readonly { type: string }[] } };
    expect(life.steps.map(({ type }) => type)).toEqual(['received', 'filtered', 'settled']);
    expect(await missing.exitCode()).toBe(0);
    expect(missing.stdout).toContain('filtered out: body.region is missing and the pattern wants prefix "eu-"\n');
  });
});

describe.concurrent('a filter', patient, () => {
  it('leaves batches of kept messages only, of which a handler can report some', async (test) => {
    const bench = workbench(test);
    const sqs = await bench.sqs();
    await sqs.createQueue('orders', { VisibilityTimeout: '5' });
    const bodies = Array.from({ length: 15 }, (_, nr) => told({ nr, keep: nr % 3 === 1, fails: nr === 7 ? 1 : 0 }));
    const ids = await sqs.sendAll('orders', bodies);
    const keeps = ids.filter((_, nr) => nr % 3 === 1);
    const project = await bench.project({
      functions: { work: { Handler: 'handlers/reports.handler', Timeout: 5 } },
      mappings: [
        {
          ...orders,
          ...filters({ body: { keep: [true] } }),
          BatchSize: keeps.length,
          // Long enough that only their number can have closed the batch.
          MaximumBatchingWindowInSeconds: 60,
          FunctionResponseTypes: ['ReportBatchItemFailures'],
        },
      ],
      endpoints: { sqs: sqs.url },
    });
    const command = project.run();
    await command.settled(14, 'orders');
    command.interrupt();

    expect(await command.exitCode()).toBe(130);
    expect(command.of('orders', 'batched')).toMatchObject([{ because: 'size' }]);
    expect(command.of('orders', 'invoked').map(({ records }) => records.toSorted())).toEqual([keeps.toSorted()]);
    expect(command.of('orders', 'partially-failed')).toMatchObject([{ failedRecords: [ids[7]] }]);
    const settled = command.of('orders', 'settled').flatMap(({ records }) => records);
    expect(settled.toSorted()).toEqual(ids.filter((id) => id !== ids[7]).toSorted());
    expect(await sqs.depth('orders')).toEqual({ visible: 0, hidden: 1 });
  });

  it('keeps the order of what is left of each FIFO group, also when a call fails', async (test) => {
    const bench = workbench(test);
    // The embedded server never gives away two messages of one group at a time.
    const sqs = await bench.stub();
    sqs.createQueue('orders.fifo', { VisibilityTimeout: '2' });
    const sent = Array.from({ length: 18 }, (_, nr) => {
      const group = nr % 2 === 0 ? 'a' : 'b';
      const keep = nr % 3 !== 0;
      // The handler does what the first message of a batch says: one of these is it, however they are batched.
      const deed = nr === 1 || nr === 2 ? { do: 'fail-times', times: 1 } : { do: 'nothing' };
      const [id = ''] = sqs.send('orders.fifo', [told({ keep, ...deed })], { group });
      return { id, group, keep };
    });
    const project = await bench.project({
      functions: { work },
      mappings: [
        { ...orders, EventSourceArn: arn('orders.fifo'), BatchSize: 2, ...filters({ body: { keep: [true] } }) },
      ],
      endpoints: { sqs: sqs.url },
    });
    const command = project.run('--until-idle=0.5');

    expect(await command.exitCode()).toBe(0);
    expect(command.of('orders.fifo', 'failed').length).toBeGreaterThan(0);
    const handled = command.all('settled').flatMap(({ records, because }) => (because === 'handled' ? records : []));
    for (const each of ['a', 'b']) {
      const keeps = sent.filter(({ group, keep }) => keep && group === each).map(({ id }) => id);
      expect(handled.filter((id) => keeps.includes(id))).toEqual(keeps);
    }
    expect(handled).toHaveLength(12);
    expect(sqs.left('orders.fifo')).toEqual([]);
  });

  it.for(['check', 'run', 'dev'])(
    'with a pattern that AWS refuses makes millrace %s end with 2',
    async (word, test) => {
      const bench = workbench(test);
      const project = await bench.project({
        functions: { work },
        mappings: [{ ...orders, ...filters({ body: { region: [{ prefix: 7 }] } }) }],
        endpoints: { sqs: 'embedded' },
      });
      const command = project.millrace([word]);

      expect(await command.exitCode()).toBe(2);
      expect(command.text).toMatch(/millrace\.json:\d+:\d+: mappings\[0\]\.FilterCriteria\.Filters\[0\]\.Pattern /);
      expect(command.text).toContain('prefix match pattern must be a string (position 29 of the pattern)');
      expect(command.text).not.toMatch(/^ {4}at /m);
    },
  );

  it('that comes sixth is accepted, with a notice of the quota that AWS would have to raise', async (test) => {
    const bench = workbench(test);
    const sqs = await bench.sqs();
    await sqs.createQueue('orders');
    for (let nr = 0; nr < 7; nr++) await sqs.send('orders', told({ do: 'nothing', nr }));
    const six = Array.from({ length: 6 }, (_, nr) => ({ body: { nr: [nr] } }));
    const project = await bench.project({
      functions: { work },
      mappings: [{ ...orders, ...filters(...six) }],
      endpoints: { sqs: sqs.url },
    });
    const command = project.run('--until-idle=0.5');

    expect(await command.exitCode()).toBe(0);
    const notice = command.all('notice').find(({ because }) => because.includes('FilterCriteria'));
    expect(notice).toMatchObject({
      level: 'warn',
      because: expect.stringMatching(/has 6 filters: .* quota/) as unknown,
    });
    expect(command.events('orders').flatMap(({ Records }) => Records)).toHaveLength(6);
    expect(command.all('filtered')).toHaveLength(1);
    const check = project.millrace(['check']);
    expect(await check.exitCode()).toBe(0);
    expect(check.stdout).toContain(`! ${notice?.because}`);
  });
});
