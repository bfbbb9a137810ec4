import { open, rename } from 'node:fs/promises';

/**
 * Replaces a file in one step: whoever reads it sees the old content or the new one. Resolves when the new one is on the disk,
 * because a power failure must not leave an empty file under a good name. One call at a time for each file.
 */
export async function replaceFile(file: string, text: string): Promise<void> {
  const unfinished = `${file}.new`;
  const handle = await open(unfinished, 'w');
  try {
    await handle.writeFile(text);
    await handle.datasync();
  } finally {
    await handle.close();
  }
  await rename(unfinished, file);
}
