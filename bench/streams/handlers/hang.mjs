import { handler as mark } from './mark.mjs';

/** Never answers where the keys say so. */
export const handler = (event) =>
  event.Records[0].kinesis.partitionKey.startsWith('hang') ? new Promise(() => {}) : mark(event);
