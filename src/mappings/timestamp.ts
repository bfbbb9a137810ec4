/** ISO 8601: a day, or a time with its offset. Without one the time zone of this machine would decide. */
const isoText = /^\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d))?$/i;

/**
 * A time as AWS takes it, in milliseconds since the epoch: a number of seconds, ISO 8601 text, or a `Date`. Undefined
 * for anything else.
 */
export function timestampMs(given: string | number | Date): number | undefined {
  const ms = readMs(given);
  // Beyond this a Date has no value, and before the epoch no stream has records.
  return ms >= 0 && ms <= 8.64e15 ? ms : undefined;
}

function readMs(given: string | number | Date): number {
  if (typeof given === 'number') return Math.round(given * 1_000);
  if (typeof given === 'string') return isoText.test(given) ? Date.parse(given) : Number.NaN;
  return given.getTime();
}
