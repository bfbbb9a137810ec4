import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startNode, stop } from './processes.mjs';

/** A folder as a user has one: a configuration file and the handlers, a copy of the folder `handlers`. */
export function writeProject(handlers, configuration) {
  const folder = mkdtempSync(path.join(tmpdir(), 'millrace-bench-'));
  cpSync(handlers, path.join(folder, 'handlers'), { recursive: true });
  writeFileSync(path.join(folder, 'millrace.json'), JSON.stringify(configuration, undefined, 2));
  return folder;
}

/** Starts `millrace run` in a new project, with nothing set that a user would not set. */
export function startMillrace({ cli, nodeFlags = [], handlers, configuration }) {
  const folder = writeProject(handlers, configuration);
  const output = path.join(folder, 'output.log');
  const child = startNode([...nodeFlags, cli, 'run', folder, '--port=0'], { output });
  return {
    child,
    folder,
    async stop() {
      await stop(child);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
