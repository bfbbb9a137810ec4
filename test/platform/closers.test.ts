import { describe, expect, it } from 'vitest';
import { Closers } from '../../src/platform/closers.js';

describe('closing', () => {
  it('undoes what was opened, newest first, once', async () => {
    const closers = new Closers();
    const steps: string[] = [];
    for (const step of ['first', 'second']) closers.add(async () => void steps.push(step));
    await closers.close();
    await closers.close();
    expect(steps).toEqual(['second', 'first']);
  });

  it('runs every step even when some fail, and reports all failures', async () => {
    const closers = new Closers();
    const steps: string[] = [];
    closers.add(async () => void steps.push('last'));
    closers.add(() => Promise.reject(new Error('a')));
    closers.add(() => Promise.reject(new Error('b')));
    await expect(closers.close()).rejects.toThrow('2 steps failed while closing');
    expect(steps).toEqual(['last']);
  });
});
