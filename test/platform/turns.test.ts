import { describe, expect, it } from 'vitest';
import { Turns } from '../../src/platform/turns.js';

describe('turns', () => {
  it('let work on the same thing happen one after the other, and on others meanwhile', async () => {
    const turns = new Turns();
    const seen: string[] = [];
    let end: (() => void) | undefined;
    const first = turns.take('a', async () => {
      seen.push('a begins');
      await new Promise<void>((resolve) => (end = resolve));
      seen.push('a ends');
    });
    const second = turns.take('a', async () => seen.push('a again'));
    await turns.take('b', async () => seen.push('b'));
    end?.();
    await Promise.all([first, second]);
    expect(seen).toEqual(['a begins', 'b', 'a ends', 'a again']);
  });

  it('go on after work that failed, which says so to whoever asked for it', async () => {
    const turns = new Turns();
    const failed = turns.take('a', () => Promise.reject(new Error('no')));
    const next = turns.take('a', () => Promise.resolve('done'));
    await expect(failed).rejects.toThrow('no');
    await expect(next).resolves.toBe('done');
  });

  it('are over when all work has ended, failed or not', async () => {
    const turns = new Turns();
    let ended = false;
    turns.take('a', () => Promise.reject(new Error('no'))).catch(() => {});
    void turns.take('b', async () => {
      await Promise.resolve();
      ended = true;
    });
    await turns.over();
    expect(ended).toBe(true);
  });
});
