import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { pause, sleep, systemClock } from '../../src/platform/clock.js';
import { settled, VirtualClock } from '../fakes/virtual-clock.js';

describe('sleeping', () => {
  it('ends after its time', async () => {
    const clock = new VirtualClock();
    let woken = false;
    const sleeping = sleep(clock, 1_000).then(() => (woken = true));
    await clock.advance(999);
    expect(woken).toBe(false);
    await clock.advance(1);
    await sleeping;
    expect(woken).toBe(true);
  });

  it('rejects with the reason of its signal and leaves no timer', async () => {
    const clock = new VirtualClock();
    const stop = new AbortController();
    const sleeping = sleep(clock, 1_000, stop.signal);
    stop.abort(new Error('enough'));
    await expect(sleeping).rejects.toThrow('enough');
    await expect(sleep(clock, 1_000, stop.signal)).rejects.toThrow('enough');
    expect(clock.pending).toBe(0);
  });

  it('ends with the first of several signals, and leaves nothing with the others', async () => {
    const clock = new VirtualClock();
    const [first, second] = [new AbortController(), new AbortController()];
    const sleeping = sleep(clock, 1_000, first.signal, second.signal);
    second.abort(new Error('enough'));
    await expect(sleeping).rejects.toThrow('enough');
    const slept = sleep(clock, 1_000, first.signal);
    await clock.advance(1_000);
    await slept;
    expect(getEventListeners(first.signal, 'abort')).toEqual([]);
    expect(clock.pending).toBe(0);
  });

  it('as a pause just ends early', async () => {
    const clock = new VirtualClock();
    const stop = new AbortController();
    const pausing = pause(clock, 1_000, stop.signal);
    await settled();
    stop.abort();
    await pausing;
    expect(clock.pending).toBe(0);
  });

  it('on the real clock can be cancelled', async () => {
    let fired = false;
    const cancel = systemClock.after(0, () => (fired = true));
    cancel();
    await sleep(systemClock, 5);
    expect(fired).toBe(false);
  });
});
