import { describe, expect, it } from 'vitest';
import { untilIdle, type Idling } from '../../src/delivery/idle.js';
import type { PollerState } from '../../src/journal/events.js';
import { VirtualClock } from '../fakes/virtual-clock.js';

const second = 1_000;

function idling(clock: VirtualClock) {
  const status: { state: PollerState; because: string } = { state: 'polling', because: 'polling queue orders' };
  const delivery = {
    name: 'orders',
    status,
    drained: true,
    lastActivityAt: clock.now(),
    isDrained: async () => delivery.drained,
  };
  return delivery satisfies Idling;
}

async function wait(clock: VirtualClock, deliveries: readonly Idling[], given: { signal?: AbortSignal } = {}) {
  const outcome: { at?: number; error?: unknown } = {};
  const startedAt = clock.now();
  void untilIdle(() => deliveries, { clock, quietMs: 2 * second, timeoutMs: 30 * second, ...given }).then(
    () => (outcome.at = clock.now() - startedAt),
    (error: unknown) => (outcome.error = error),
  );
  await clock.advance(0);
  return outcome;
}

describe('waiting until idle', () => {
  it('ends when every source has been drained for as long as asked', async () => {
    const clock = new VirtualClock();
    const outcome = await wait(clock, [idling(clock), idling(clock)]);
    await clock.advance(1_900);
    expect(outcome.at).toBeUndefined();
    await clock.advance(200);
    expect(outcome.at).toBe(2 * second);
  });

  it('begins anew when something happens meanwhile', async () => {
    const clock = new VirtualClock();
    const delivery = idling(clock);
    const outcome = await wait(clock, [delivery]);
    await clock.advance(1_500);
    delivery.lastActivityAt = clock.now();
    await clock.advance(1_900);
    expect(outcome.at).toBeUndefined();
    await clock.advance(400);
    expect(outcome.at).toBeGreaterThanOrEqual(3_500);
  });

  it('goes on while one source is not drained', async () => {
    const clock = new VirtualClock();
    const busy = idling(clock);
    busy.drained = false;
    const outcome = await wait(clock, [idling(clock), busy]);
    await clock.advance(600 * second);
    expect(outcome).toEqual({});
    busy.drained = true;
    await clock.advance(3 * second);
    expect(outcome.at).toBeDefined();
  });

  it('is given up, with the reason, when a source stays unusable', async () => {
    const clock = new VirtualClock();
    const missing = idling(clock);
    missing.drained = false;
    Object.assign(missing.status, { state: 'waiting', because: 'waiting for queue orders: it does not exist' });
    const outcome = await wait(clock, [missing]);
    await clock.advance(29 * second);
    expect(outcome).toEqual({});
    await clock.advance(2 * second);
    expect(outcome.error).toMatchObject({
      code: 'SOURCE_UNAVAILABLE',
      message: 'not ready after 30 s: orders: waiting for queue orders: it does not exist',
    });
  });

  it('counts only the time a source is unusable in a row', async () => {
    const clock = new VirtualClock();
    const flaky = idling(clock);
    flaky.drained = false;
    const outcome = await wait(clock, [flaky]);
    for (let round = 0; round < 5; round++) {
      flaky.status.state = 'waiting';
      await clock.advance(20 * second);
      flaky.status.state = 'polling';
      await clock.advance(5 * second);
    }
    expect(outcome).toEqual({});
  });

  it('ends with the reason of its signal, and leaves no timer', async () => {
    const clock = new VirtualClock();
    const stop = new AbortController();
    const outcome = await wait(clock, [idling(clock)], { signal: stop.signal });
    stop.abort(new Error('stop'));
    await clock.advance(0);
    expect(outcome.error).toMatchObject({ message: 'stop' });
    expect(clock.pending).toBe(0);
  });
});
