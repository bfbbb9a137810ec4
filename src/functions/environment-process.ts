import { fork, type ChildProcess } from 'node:child_process';
import { closeSync, openSync, readSync, unlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** What a new process needs beyond the script that all of them run. */
export interface ProcessSpec {
  readonly root: string;
  readonly memoryMb: number;
  readonly variables: Readonly<Record<string, string | undefined>>;
  /** Port of the debugger; undefined: none. */
  readonly inspectPort: number | undefined;
  /** A name that no other file in the temporary folder has. */
  readonly uniqueName: string;
}

export interface EnvironmentProcess {
  readonly child: ChildProcess;
  readonly progress: ProgressFile;
}

/** The compiled script; from the TypeScript sources (tests) it is the one that the last build made. */
const bootstrap = fileURLToPath(
  import.meta.url.endsWith('.ts')
    ? new URL('../../dist/functions/environment/bootstrap.js', import.meta.url)
    : new URL('./environment/bootstrap.js', import.meta.url),
);

const hasGroups = process.platform !== 'win32';

export function startProcess(spec: ProcessSpec): EnvironmentProcess {
  const progress = new ProgressFile(spec.uniqueName);
  try {
    const child = fork(bootstrap, [], {
      cwd: spec.root,
      env: { ...spec.variables },
      execArgv: [
        '--enable-source-maps',
        `--max-old-space-size=${spec.memoryMb}`,
        ...(spec.inspectPort === undefined ? [] : [`--inspect=127.0.0.1:${spec.inspectPort}`]),
      ],
      serialization: 'advanced',
      // A process group of its own: a signal to the group of millrace (a closed terminal, `timeout`) is for millrace to
      // act on, and running calls are to be finished.
      detached: hasGroups,
      // Positions are the descriptors of `environment/messages.ts`.
      stdio: ['ignore', 'pipe', 'pipe', 'ipc', 'pipe', progress.descriptor],
    });
    return { child, progress };
  } catch (error) {
    progress.close();
    throw error;
  }
}

/** Ends a process and whatever it has started, which would outlive it otherwise; on AWS it goes with the environment. */
export function killGroup({ pid }: Pick<ChildProcess, 'pid'>): void {
  if (pid === undefined) return;
  try {
    process.kill(hasGroups ? -pid : pid, 'SIGKILL');
  } catch {
    // Nobody is left.
  }
}

/**
 * The number of the last call that an environment has begun, written by the environment where it survives its death.
 * It is read only when an environment died with a call in hand: one that it never saw can go to another environment,
 * one that it began has failed. A message over IPC would tell the same, and cost the reader as much as a second answer.
 */
class ProgressFile {
  readonly descriptor: number;
  #open = true;

  constructor(uniqueName: string) {
    const file = path.join(tmpdir(), `millrace-${uniqueName}`);
    this.descriptor = openSync(file, 'wx+', 0o600);
    unlinkSync(file); // it lives on without a name, until the last of both processes closes it
  }

  lastBegun(): number {
    const number = Buffer.alloc(4);
    return readSync(this.descriptor, number, 0, 4, 0) === 4 ? number.readUInt32LE() : 0;
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    closeSync(this.descriptor);
  }
}
