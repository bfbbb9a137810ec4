import { describe, expect, it } from 'vitest';
import { entryLine } from '../../src/journal/line-buffer.js';
import type { JournalEntry } from '../../src/journal/events.js';

describe('an entry as a line', () => {
  it('is one line for every reader of lines, and reads back as it was', () => {
    const entry: JournalEntry = {
      v: 2,
      at: '2026-01-31T12:00:00.000Z',
      type: 'notice',
      level: 'info',
      because: 'a\nb\u2028c\u2029d',
    };
    const line = entryLine(entry);
    expect(line).not.toMatch(/[\r\n\u2028\u2029]/);
    expect(JSON.parse(line)).toEqual(entry);
  });
});
