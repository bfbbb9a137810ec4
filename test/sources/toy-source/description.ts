import type { SourceTraits } from '../../../src/contracts/source-definition.js';

/** What a tape says of itself: nothing in it is as with Kinesis. */
export const tapeTraits: SourceTraits = {
  title: ({ id }) => `tape ${id} of the toy`,
  batchSize: 7,
  windowMs: 500,
  partitionWord: 'reel',
  sendFields: ['group'],
  sample: '{"note":"c"}',
  filter: {
    dataKey: 'music',
    mismatch: 'no-match',
    view: ({ body, ...metadata }, parse) => ({ metadata, data: { kind: 'json', value: parse(String(body)) } }),
  },
};

/** What a box says of itself: nothing in it is as with SQS. */
export const boxTraits: SourceTraits = {
  title: ({ id }) => `box ${id} of the toy`,
  batchSize: 3,
  windowMs: 200,
  concurrency: { initial: 1, floor: 1, ceiling: 2, growEveryMs: 1_000 },
  sendFields: [],
};
