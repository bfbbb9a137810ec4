import { fileURLToPath } from 'node:url';

/** Where our part of a stack is: the compiled files, and the sources that their source maps name. */
const folders = ['../', '../../../src/functions/'].flatMap((folder) => {
  const url = new URL(folder, import.meta.url);
  return [url.href, fileURLToPath(url)];
});

/** Whether a stack line or file is one of ours: users look for their own. */
export function isOurs(line: string): boolean {
  return folders.some((folder) => line.includes(folder));
}
