import type { JournalWriter } from '../journal/journal.js';

const early: Error[] = [];
let write = (warning: Error): void => void early.push(warning);

/** Keeps notices of Node and of libraries away from the console: nothing that is not ours reaches it. */
export function captureWarnings(): void {
  process.removeAllListeners('warning');
  process.on('warning', (warning) => write(warning));
}

/** Sends those notices to the journal, where they can be found when something is wrong. */
export function writeWarningsTo(journal: JournalWriter): void {
  write = ({ name, message }) => journal.write({ type: 'notice', level: 'debug', because: `${name}: ${message}` });
  for (const warning of early.splice(0)) write(warning);
}
