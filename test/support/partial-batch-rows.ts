/** What a handler of a stream answers to a batch of two records, and what that means. */
export interface ResponseRow {
  readonly answer: string;
  /** What the first record tells the handler to do; `$1` and `$2` stand for sequence numbers. */
  readonly told: object;
  readonly means: 'success' | 'the whole batch fails' | 'the checkpoint moves to the second record';
  readonly functionError?: 'Unhandled';
}

const json = (text: string): object => ({ do: 'answer', json: text });
export const list = (text: string): object => json(`{"batchItemFailures":${text}}`);

/** Batches of two records, with `ReportBatchItemFailures` and two retries. */
export const reporting: readonly ResponseRow[] = [
  { answer: 'nothing', told: { do: 'nothing' }, means: 'success' },
  { answer: 'null', told: json('null'), means: 'success' },
  { answer: '[]', told: json('[]'), means: 'success' },
  { answer: '{}', told: json('{}'), means: 'success' },
  { answer: 'an empty list', told: list('[]'), means: 'success' },
  { answer: 'null for the list', told: list('null'), means: 'success' },
  { answer: 'the id ""', told: list('[{"itemIdentifier":""}]'), means: 'the whole batch fails' },
  { answer: 'the id null', told: list('[{"itemIdentifier":null}]'), means: 'the whole batch fails' },
  { answer: 'a number as id', told: list('[{"itemIdentifier":123}]'), means: 'the whole batch fails' },
  { answer: 'an id of another batch', told: list('[{"itemIdentifier":"123"}]'), means: 'the whole batch fails' },
  { answer: 'the wrong key', told: list('[{"foo":123}]'), means: 'the whole batch fails' },
  { answer: 'the wrong key with null', told: list('[{"foo":null}]'), means: 'the whole batch fails' },
  { answer: 'an error', told: { do: 'throw' }, means: 'the whole batch fails', functionError: 'Unhandled' },
  { answer: 'the first id', told: list('[{"itemIdentifier":"$1"}]'), means: 'the whole batch fails' },
  {
    answer: 'both ids, the second one first',
    told: list('[{"itemIdentifier":"$2"},{"itemIdentifier":"$1"}]'),
    means: 'the whole batch fails',
  },
  {
    answer: 'the second id',
    told: list('[{"itemIdentifier":"$2"}]'),
    means: 'the checkpoint moves to the second record',
  },
];
