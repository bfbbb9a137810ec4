import { openSync, writeSync } from 'node:fs';

const marks = openSync(process.env.MARKS, 'a');

/** Does nothing but note that it was called: the end of the stopwatch. */
export const handler = async ({ Records }) => {
  const [shard] = Records[0].eventID.split(':', 1);
  writeSync(marks, `${shard} ${Records.length} ${process.hrtime.bigint()}\n`);
};
