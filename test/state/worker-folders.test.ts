import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { journalFolders, workerFolder } from '../../src/state/worker-folders.js';

it('finds the journals of all processes that have run on one state folder', async () => {
  const state = await mkdtemp(path.join(tmpdir(), 'millrace-workers-'));
  onTestFinished(() => rm(state, { recursive: true }));
  expect(journalFolders(state)).toEqual([path.join(state, 'journal')]);
  await mkdir(workerFolder(state, 2));
  await mkdir(workerFolder(state, 3));
  expect(journalFolders(state)).toEqual([
    path.join(state, 'journal'),
    path.join(state, 'worker-2', 'journal'),
    path.join(state, 'worker-3', 'journal'),
  ]);
});
