import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { startNode, stop } from '../processes.mjs';

const handlers = fileURLToPath(new URL('handlers', import.meta.url));

/** A folder as a user has one: a configuration file and the handlers. */
export function writeProject({ endpoint, queues, handler, variables = {} }) {
  const folder = mkdtempSync(path.join(tmpdir(), 'millrace-bench-'));
  cpSync(handlers, path.join(folder, 'handlers'), { recursive: true });
  const configuration = {
    functions: { bench: { Handler: `handlers/${handler}.handler`, Environment: { Variables: variables } } },
    mappings: queues.map((queue) => ({
      FunctionName: 'bench',
      EventSourceArn: `arn:aws:sqs:us-east-1:000000000000:${queue}`,
      BatchSize: 10,
    })),
    endpoints: { sqs: endpoint },
  };
  writeFileSync(path.join(folder, 'millrace.json'), JSON.stringify(configuration, undefined, 2));
  return folder;
}

/** Starts `millrace run` in a new project, with nothing set that a user would not set. */
export function startMillrace({ cli, nodeFlags = [], ...project }) {
  const folder = writeProject(project);
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
