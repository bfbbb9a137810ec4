import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const script = fileURLToPath(new URL('./parse-modules.js', import.meta.url));

/**
 * Where an ES module, or one that it imports, does not parse: file and line, the code, a mark below it. Only parses,
 * in a process of its own, because Node offers that behind a flag; undefined when everything parses.
 */
export function findSyntaxError(file: string): readonly string[] | undefined {
  const execArgv = ['--experimental-vm-modules', '--no-warnings'];
  const { stderr } = spawnSync(process.execPath, [...execArgv, script, file], { encoding: 'utf8' });
  const [place = '', error = ''] = stderr.split('\n\n');
  return error.startsWith('SyntaxError') ? place.split('\n') : undefined;
}
