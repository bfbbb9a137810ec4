import { unreachable } from '../../platform/unreachable.js';
import type { Colours } from './colours.js';
import { plain, type MarkedText } from './record-lines.js';
import type { EntryOf } from '../../journal/stored-entry.js';
import { duration, errorLine, timeOfDay } from '../wording.js';

type Entry = EntryOf<'direct-invocation'>;

/** "Invoke → orders  Event · attempt 2 · 12 ms · TypeError: boom · next try at 12:02:00.000Z". */
export function directInvocation(entry: Entry, colours: Colours): MarkedText {
  const { bold, dim } = colours;
  const { attempt = 1, durationMs, retryAt } = entry;
  const { mark, paint, verdict } = verdictOf(entry, colours);
  const facts = [
    entry.invocationType,
    attempt > 1 ? `attempt ${attempt}` : undefined,
    durationMs === undefined ? undefined : duration(durationMs),
    verdict === undefined ? undefined : paint(verdict),
    retryAt === undefined ? undefined : `next try at ${timeOfDay(retryAt)}`,
  ].filter((fact) => fact !== undefined);
  return { mark: paint(mark), text: `${bold('Invoke')} ${dim('→')} ${entry.function}  ${facts.join(dim(' · '))}` };
}

interface Verdict {
  readonly mark: string;
  readonly paint: (text: string) => string;
  readonly verdict?: string;
}

function verdictOf({ outcome, error, because = '' }: Entry, { green, yellow, red }: Colours): Verdict {
  switch (outcome) {
    case 'succeeded':
      return { mark: '✔', paint: green };
    case 'failed':
      return { mark: '✖', paint: red, verdict: error === undefined ? plain(because) : errorLine(error) };
    case 'throttled':
      return { mark: '⏸', paint: yellow, verdict: `throttled: ${plain(because)}` };
    case 'discarded':
      return { mark: '✖', paint: red, verdict: `discarded: ${plain(because)}` };
    default:
      return unreachable(outcome);
  }
}
