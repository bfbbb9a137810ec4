import { mkdtemp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { replaceFile } from '../../src/platform/replace-file.js';

async function newFolder(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'millrace-replace-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

describe('a file that is replaced', () => {
  it('has the new content, and leaves nothing beside it', async () => {
    const folder = await newFolder();
    const file = path.join(folder, 'running.json');
    await replaceFile(file, 'one');
    await replaceFile(file, 'two');
    expect(await readFile(file, 'utf8')).toBe('two');
    expect(await readdir(folder)).toEqual(['running.json']);
  });

  it('has the old content when the new one cannot be written', async () => {
    const folder = await newFolder();
    const file = path.join(folder, 'running.json');
    await writeFile(file, 'one');
    await mkdir(`${file}.new`); // nothing can be written there
    await expect(replaceFile(file, 'two')).rejects.toThrow('EISDIR');
    expect(await readFile(file, 'utf8')).toBe('one');
  });
});
