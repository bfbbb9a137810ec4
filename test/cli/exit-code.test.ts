import { expect, it } from 'vitest';
import { exitCodeOf } from '../../src/cli/session.js';
import type { JournalEvent } from '../../src/journal/events.js';
import { StatusBoard } from '../../src/readers/status/status.js';
import { at, callOf, discarded } from '../readers/sample-entries.js';

const call = callOf({ records: ['r-1'] });

it.each<[string, readonly JournalEvent[], number]>([
  ['every record was handled', [call.invoked, call.failed, call.invoked, call.succeeded, call.settled], 0],
  ['a record is not handled', [call.invoked, call.failed], 1],
  ['a record has gone to the dead-letter queue', [call.invoked, call.failed, discarded('r-1', 'dead')], 1],
  ['the source has dropped a message, which is kept nowhere', [discarded('r-1')], 1],
])('a run in which %s ends with the code for it', (_, events, code) => {
  const board = new StatusBoard([]);
  for (const event of events) board.read(at(0, event));
  expect(exitCodeOf({ interrupted: false, board }, true)).toBe(code);
});
