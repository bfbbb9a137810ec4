import { appendFileSync } from 'node:fs';

/** Notes when it was called, on the clock that all processes of a machine share. */
export const handler = async (event) => {
  const at = process.hrtime.bigint();
  appendFileSync(process.env.STAMPS, event.Records.map(({ body }) => `${body} ${at}\n`).join(''));
};
