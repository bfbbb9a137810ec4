import { dynamoDbLocalIsMissing } from './dynamodb-local.js';

/** Says so when the tests of a file are skipped for want of Java. */
export const dynamoDbLocalMissing = ((): boolean => {
  const because = dynamoDbLocalIsMissing();
  if (because !== undefined) console.warn(`skipped: ${because}`);
  return because !== undefined;
})();
