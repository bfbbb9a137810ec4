import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { MillraceError } from '../platform/millrace-error.js';

/** Names of configuration files, looked for in a folder. */
const configurationNames = ['millrace.yaml', 'millrace.yml', 'millrace.json', 'millrace.ts', 'millrace.mjs'] as const;

/** The configuration file that a folder holds, or the file itself if one is named. */
export async function findConfiguration(folderOrFile: string): Promise<string> {
  const absolute = path.resolve(folderOrFile);
  const found = await stat(absolute).catch(() => undefined);
  if (found === undefined) throw invalid(`there is no file or folder ${absolute}`);
  if (!found.isDirectory()) return absolute;
  const present = new Set(await readdir(absolute));
  const [only, ...others] = configurationNames.filter((name) => present.has(name));
  if (only === undefined) {
    const names = configurationNames.join(', ');
    throw invalid(
      `no configuration in ${absolute}: looked for ${names}; create one of them, or name a file with --config`,
    );
  }
  if (others.length > 0) {
    const names = [only, ...others].join(' and ');
    throw invalid(`several configurations in ${absolute}: ${names}; keep one of them, or name one with --config`);
  }
  return path.join(absolute, only);
}

function invalid(message: string): MillraceError {
  return new MillraceError('CONFIGURATION_INVALID', message);
}
