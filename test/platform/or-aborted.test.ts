import { describe, expect, it } from 'vitest';
import { orAborted } from '../../src/platform/or-aborted.js';

describe('work that a signal may outrun', () => {
  it('settles as it does itself while the signal is silent', async () => {
    const { signal } = new AbortController();
    expect(await orAborted(Promise.resolve(1), signal)).toBe(1);
    await expect(orAborted(Promise.reject(new Error('no')), signal)).rejects.toThrow('no');
  });

  it('is not waited for when the signal fires, or has fired', async () => {
    const stop = new AbortController();
    const endless = new Promise<number>(() => {});
    const waiting = orAborted(endless, stop.signal);
    stop.abort();
    expect(await waiting).toBeUndefined();
    expect(await orAborted(endless, stop.signal)).toBeUndefined();
  });
});
