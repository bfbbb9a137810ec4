import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { empty, type TestSqs } from '../support/embedded-sqs.js';
import type { MillraceCommand } from '../support/millrace-command.js';
import { arn, patient, Workbench } from '../support/workbench.js';

interface Row {
  readonly answer: string;
  /** What the body tells the handler to do; `$1` and `$2` stand for message ids. */
  readonly told: object;
  readonly means: 'all succeed' | 'all fail' | 'only the first fails';
  readonly because?: RegExp;
}

const json = (text: string): object => ({ do: 'answer', json: text });
const list = (text: string): object => json(`{"batchItemFailures":${text}}`);

/** Batches of two messages, with `ReportBatchItemFailures`. */
const reported: readonly Row[] = [
  { answer: 'nothing', told: { do: 'nothing' }, means: 'all succeed' },
  { answer: 'null', told: json('null'), means: 'all succeed' },
  { answer: '{}', told: json('{}'), means: 'all succeed' },
  { answer: 'another object', told: json('{"ok":true}'), means: 'all succeed' },
  { answer: '[]', told: json('[]'), means: 'all succeed' },
  { answer: 'an empty list', told: list('[]'), means: 'all succeed' },
  { answer: 'null for the list', told: list('null'), means: 'all succeed' },
  { answer: 'an id', told: list('[{"itemIdentifier":"$1"}]'), means: 'only the first fails' },
  {
    answer: 'an id twice',
    told: list('[{"itemIdentifier":"$1"},{"itemIdentifier":"$1"}]'),
    means: 'only the first fails',
  },
  { answer: 'all ids', told: list('[{"itemIdentifier":"$1"},{"itemIdentifier":"$2"}]'), means: 'all fail' },
  {
    answer: 'the id ""',
    told: list('[{"itemIdentifier":""}]'),
    means: 'all fail',
    because: /malformed \(itemIdentifier is ""\)/,
  },
  { answer: 'the id null', told: list('[{"itemIdentifier":null}]'), means: 'all fail', because: /malformed/ },
  { answer: 'a number as id', told: list('[{"itemIdentifier":123}]'), means: 'all fail', because: /is 123/ },
  { answer: 'the wrong key', told: list('[{"foo":"$1"}]'), means: 'all fail', because: /has no itemIdentifier/ },
  { answer: 'the wrong key with null', told: list('[{"foo":null}]'), means: 'all fail', because: /malformed/ },
  {
    answer: 'an id that is not in the batch, beside one that is',
    told: list('[{"itemIdentifier":"$1"},{"itemIdentifier":"unknown"}]'),
    means: 'all fail',
    because: /"unknown" is not in this batch/,
  },
  { answer: 'an entry that is null', told: list('[null]'), means: 'all fail', because: /malformed/ },
  { answer: 'a text for the list', told: list('"$1"'), means: 'all fail', because: /batchItemFailures is not a list/ },
  { answer: 'an empty text', told: json('""'), means: 'all fail', because: /returned a string/ },
  { answer: 'what is not JSON', told: { do: 'circular' }, means: 'all fail', because: /Runtime.MarshalError/ },
  { answer: 'an error', told: { do: 'throw' }, means: 'all fail', because: /RangeError: told to throw/ },
  { answer: 'a rejection', told: { do: 'reject' }, means: 'all fail', because: /TypeError: told to reject/ },
];

/** The same without `ReportBatchItemFailures`. */
const notReported: readonly Row[] = [
  { answer: 'an id', told: list('[{"itemIdentifier":"$1"}]'), means: 'all succeed' },
  { answer: 'a malformed report', told: list('[{"foo":1}]'), means: 'all succeed' },
  { answer: 'a text', told: json('"done"'), means: 'all succeed' },
  { answer: 'an error', told: { do: 'throw' }, means: 'all fail', because: /RangeError: told to throw/ },
];

const rows = [
  ...reported.map((row, index) => ({ ...row, queue: `reported-${index}`, reports: true })),
  ...notReported.map((row, index) => ({ ...row, queue: `ignored-${index}`, reports: false })),
];

describe('a batch of an SQS mapping', patient, () => {
  const bench = new Workbench();
  const ids = new Map<string, readonly string[]>();
  let sqs: TestSqs;
  let command: MillraceCommand;
  let exitCode: number | null;
  beforeAll(async () => {
    sqs = await bench.sqs();
    for (const { queue, told } of rows) {
      await sqs.createQueueWithDeadLetters(queue, 1, { VisibilityTimeout: '5' });
      ids.set(queue, await sqs.sendAll(queue, [JSON.stringify(told), JSON.stringify(told)]));
    }
    const project = await bench.project({
      functions: { work: { Handler: 'handlers/as-told.handler', Timeout: 5 } },
      mappings: rows.map(({ queue, reports }) => ({
        FunctionName: 'work',
        EventSourceArn: arn(queue),
        FunctionResponseTypes: reports ? ['ReportBatchItemFailures'] : [],
      })),
      endpoints: { sqs: sqs.url },
    });
    command = project.run('--until-idle=0.5');
    exitCode = await command.exitCode();
  }, patient.timeout);
  afterAll(() => bench.close());

  it('makes the run end with 1 when one of its messages is not handled', () => {
    expect(exitCode).toBe(1);
  });

  for (const { answer, reports, queue, means, because = /^/ } of rows) {
    it(`${reports ? 'with' : 'without'} ReportBatchItemFailures: ${answer} means that ${means}`, async () => {
      const both = ids.get(queue) ?? [];
      const failed = means === 'all fail' ? both : means === 'all succeed' ? [] : both.slice(0, 1);
      const dead = await sqs.receiveAll(`${queue}-dead`);

      expect(command.of(queue, 'invoked').map(({ records }) => records)).toEqual([both]);
      expect(command.of(queue, 'settled').flatMap(({ records }) => records)).toEqual(
        both.filter((id) => !failed.includes(id)),
      );
      expect(command.of(queue, 'discarded').map(({ record }) => record)).toEqual(failed);
      expect(dead.map(({ MessageId = '' }) => MessageId).toSorted()).toEqual(failed.toSorted());
      expect(await sqs.depth(queue)).toEqual(empty);
      expect(command.of(queue, 'failed')[0]?.because ?? '').toMatch(because);
    });
  }
});
