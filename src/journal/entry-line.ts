import type { JournalEntry } from './events.js';

const lineSeparators = /[\u2028\u2029]/g;

/** An entry as one line of JSON. Some readers of lines also end them at Unicode's own separators: those are escaped. */
export function entryLine(entry: JournalEntry): string {
  return JSON.stringify(entry).replaceAll(lineSeparators, (separator) => `\\u${separator.charCodeAt(0).toString(16)}`);
}
