import { describe, expect, it } from 'vitest';
import { pause } from '../../src/platform/clock.js';
import { Lifecycle } from '../../src/platform/lifecycle.js';
import { settled, VirtualClock } from '../fakes/virtual-clock.js';

/** A lifecycle whose steps are written down, and a clock for the work. */
function world(failing: 'onStop' | 'close' | 'nothing' = 'nothing') {
  const clock = new VirtualClock();
  const said: string[] = [];
  const step = (name: 'onStop' | 'close') => (): void => {
    said.push(name);
    if (failing === name) throw new Error(`${name} failed`);
  };
  const life = new Lifecycle({ onStop: step('onStop'), close: step('close') });
  const work = async (name: string, ms: number): Promise<void> => {
    await pause(clock, ms, new AbortController().signal);
    said.push(`${name} ended`);
  };
  const stop = (): Promise<void> => life.stop().finally(() => said.push('stopped'));
  return { clock, said, life, work, stop };
}

/** Goes on until it is told to stop, and then for another second. */
async function lastWords({ clock, said, work }: ReturnType<typeof world>, stopping: AbortSignal): Promise<void> {
  said.push('begun');
  await pause(clock, Number.MAX_SAFE_INTEGER, stopping);
  await work('run', 1_000);
}

describe('a lifecycle', () => {
  it('begins at the start, and its stop waits for the end of what has begun', async () => {
    const it = world();
    it.life.start((stopping) => lastWords(it, stopping));
    const stopped = it.stop();
    await it.clock.advance(999);
    expect(it.said).toEqual(['begun', 'onStop']);
    await it.clock.advance(1);
    await stopped;
    expect(it.said).toEqual(['begun', 'onStop', 'run ended', 'close', 'stopped']);
  });

  it('starts once', async () => {
    const it = world();
    it.life.start((stopping) => lastWords(it, stopping));
    it.life.start((stopping) => lastWords(it, stopping));
    expect(it.said).toEqual(['begun']);
  });

  it('does not start after a stop', async () => {
    const it = world();
    await it.stop();
    it.life.start((stopping) => lastWords(it, stopping));
    expect(it.said).toEqual(['onStop', 'close', 'stopped']);
  });

  it('stopped in the middle of the start, waits for it and lets it see that', async () => {
    const it = world();
    it.life.start(async (stopping) => {
      await it.work('opening', 1_000);
      if (!stopping.aborted) it.said.push('begun');
    });
    const stopped = it.stop();
    await it.clock.advance(1_000);
    await stopped;
    expect(it.said).toEqual(['onStop', 'opening ended', 'close', 'stopped']);
  });

  it('stops once, however often it is told to', async () => {
    const it = world();
    it.life.track(it.work('work', 1_000));
    const both = Promise.all([it.stop(), it.stop(), it.life.ended]);
    await it.clock.advance(1_000);
    await both;
    await it.life.stop();
    expect(it.said).toEqual(['onStop', 'work ended', 'close', 'stopped', 'stopped']);
  });

  it('knows that it stops before its signal fires, and has fired it before anybody is waited for', async () => {
    const seen: string[] = [];
    const life: Lifecycle = new Lifecycle({
      onStop: () => void seen.push(`${life.isStopping}, ${life.stopping.aborted}`),
    });
    expect([life.isStopping, life.stopping.aborted]).toEqual([false, false]);
    const stopped = life.stop();
    expect([...seen, life.isStopping, life.stopping.aborted]).toEqual(['true, false', true, true]);
    await stopped;
  });

  it('counts the work that is under way, failed or not', async () => {
    const { life, work, clock } = world();
    life.track(work('one', 1_000));
    life.track(Promise.reject(new Error('no')));
    expect(life.underWay).toBe(2);
    await settled();
    expect(life.underWay).toBe(1);
    await clock.advance(1_000);
    expect(life.underWay).toBe(0);
    await expect(life.stop()).rejects.toThrow('no');
  });

  it.each(['workDone', 'stop'] as const)('waits in %s for work that comes meanwhile', async (wait) => {
    const { life, said, work, clock } = world();
    life.track(work('first', 1_000).then(() => life.track(work('second', 1_000))));
    const waited = life[wait]().then(() => said.push('over'));
    await clock.advance(1_999);
    expect(said).not.toContain('over');
    await clock.advance(1);
    await waited;
    expect(said.filter((each) => each !== 'onStop' && each !== 'close')).toEqual([
      'first ended',
      'second ended',
      'over',
    ]);
  });

  it('goes on after `workDone`', async () => {
    const { life, work, clock, said } = world();
    const waited = life.workDone();
    await waited;
    expect(life.isStopping).toBe(false);
    life.track(work('later', 1_000));
    await clock.advance(1_000);
    expect(said).toEqual(['later ended']);
  });

  it.each(['onStop', 'close'] as const)(
    'runs every other step when %s fails, and the stop tells of it',
    async (step) => {
      const it = world(step);
      it.life.start((stopping) => lastWords(it, stopping));
      const stopped = it.stop().catch((error: unknown) => error);
      await it.clock.advance(1_000);
      expect(await stopped).toEqual(new Error(`${step} failed`));
      expect(it.said).toEqual(['begun', 'onStop', 'run ended', 'close', 'stopped']);
    },
  );

  it.each([
    ['before it stops', 0],
    ['while it stops', 500],
  ])('whose work breaks %s ends all the same, and the stop tells of it', async (_when, afterMs) => {
    const { life, said, work, clock, stop } = world();
    life.start(async () => {
      await work('run', afterMs);
      throw new Error('the run broke');
    });
    life.track(work('slow', 1_000));
    if (afterMs === 0) await clock.advance(0);
    const stopped = stop().catch((error: unknown) => error);
    await clock.advance(1_000);
    expect(await stopped).toEqual(new Error('the run broke'));
    expect(said).toEqual(
      afterMs === 0
        ? ['run ended', 'onStop', 'slow ended', 'close', 'stopped']
        : ['onStop', 'run ended', 'slow ended', 'close', 'stopped'],
    );
  });

  it('tells of everything that broke', async () => {
    const { life } = world('close');
    life.track(Promise.reject(new Error('work')));
    await expect(life.stop()).rejects.toMatchObject({
      message: '2 steps failed while stopping',
      errors: [new Error('work'), new Error('close failed')],
    });
  });
});
