import { describe, expect, it } from 'vitest';
import { windowAt, windowFor, windowTime } from '../../../src/delivery/batching/tumbling-window.js';

const at = (time: string): number => Date.parse(`2020-12-09T${time}Z`);

describe('the tumbling window of a record', () => {
  it('lies on multiples of its length, and has its start but not its end', () => {
    const window = windowAt(at('07:05:59.999'), 120_000);
    expect([windowTime(window.startMs), windowTime(window.endMs)]).toEqual([
      '2020-12-09T07:04:00Z',
      '2020-12-09T07:06:00Z',
    ]);
    expect(windowAt(at('07:06:00'), 120_000).startMs).toBe(at('07:06:00'));
  });

  it('is not before the one that is open', () => {
    expect(windowFor(at('07:03:00'), 120_000, at('07:04:00')).startMs).toBe(at('07:04:00'));
    expect(windowFor(at('07:07:00'), 120_000, at('07:04:00')).startMs).toBe(at('07:06:00'));
  });
});
