import { describe, expect, it } from 'vitest';
import { LogTail } from '../../../src/api/lambda/log-tail.js';
import { VirtualClock } from '../../fakes/virtual-clock.js';

const facts = { invocationId: 'id', version: '7', memoryMb: 128 };
const outcome = { kind: 'succeeded', responseText: 'null', durationMs: 1.25 } as const;
const end = 'END RequestId: id\nREPORT RequestId: id\tDuration: 1.25 ms\tBilled Duration: 2 ms\tMemory Size: 128 MB\n';

function bytesOf(...messages: readonly string[]): Buffer {
  const tail = new LogTail(facts, new VirtualClock());
  for (const message of messages) tail.line({ level: 'warn', message });
  return Buffer.from(tail.ended(outcome), 'base64');
}

describe('the tail of a log', () => {
  it('is all of a short one', () => {
    expect(bytesOf('a', 'b').toString()).toBe(
      [
        'START RequestId: id Version: 7',
        '2026-01-31T12:00:00.000Z\tid\tWARN\ta',
        '2026-01-31T12:00:00.000Z\tid\tWARN\tb',
        end,
      ].join('\n'),
    );
  });

  it('is the last 4 KB of a long one', () => {
    const lines = Array.from({ length: 1_000 }, (_, index) => `line ${index}`);
    const bytes = bytesOf(...lines);
    expect(bytes.length).toBe(4_096);
    expect(bytes.toString()).toMatch(/WARN\tline 998\n.*WARN\tline 999\nEND RequestId: id\n/);
  });

  it.each([0, 1, 2, 3])('never begins inside of a character (%i bytes before the end)', (rest) => {
    const bytes = bytesOf('😀'.repeat(2_000) + 'x'.repeat(rest));
    expect(bytes.length).toBeGreaterThan(4_096 - 4);
    expect(bytes.length).toBeLessThanOrEqual(4_096);
    const shown = Math.floor((4_096 - end.length - 1 - rest) / 4);
    expect(bytes.toString()).toBe(`${'😀'.repeat(shown)}${'x'.repeat(rest)}\n${end}`);
  });
});
