import type { Command } from 'commander';
import { messageOf, MillraceError } from '../platform/millrace-error.js';
import { addPlaceOptions, type PlaceOptions } from './common-options.js';
import { exitCodes, type SetExitCode } from './exit.js';

interface RewindOptions extends PlaceOptions {
  readonly to: string;
  readonly dir: string;
}

export function addRewind(program: Command, setExitCode: SetExitCode): void {
  const command = program
    .command('rewind')
    .description('set the position of a stream mapping that is not running, or not enabled')
    .argument('<mapping>', 'name, UUID, or the beginning of one')
    .requiredOption(
      '--to <position>',
      'TRIM_HORIZON, LATEST, or a time: 2026-01-31T12:00:00Z, or seconds since the epoch',
    );
  addPlaceOptions(command)
    .option('--dir <folder>', 'folder with millrace.yaml', '.')
    .addHelpText(
      'after',
      '\nExamples:\n  millrace rewind clicks --to TRIM_HORIZON\n  millrace rewind clicks --to 2026-01-31T12:00:00Z',
    )
    .action(async (mapping: string, options: RewindOptions) => setExitCode(await rewindMapping(mapping, options)));
}

async function rewindMapping(name: string, options: RewindOptions): Promise<number> {
  const { loadWithStored } = await import('./load.js');
  const { findMapping } = await import('../mappings/identity.js');
  const { resolveEndpoints } = await import('../config/resolve-endpoints.js');
  const { readRunning } = await import('../state/running.js');
  const { systemClock } = await import('../platform/clock.js');
  const { rewindInFolder } = await import('../runtime/rewind.js');
  const { parseRewindTarget, rewoundLines } = await import('../runtime/rewind-target.js');
  const configuration = await loadWithStored(options.dir, options);
  const mapping = findMapping(configuration.mappings, name);
  const to = parseRewindTarget(options.to, systemClock.now());
  resolveEndpoints({ ...configuration, mappings: [mapping] }, process.env); // refuses what a run would refuse
  const running = configuration.state === undefined ? undefined : await readRunning(configuration.state);
  const shards =
    running === undefined
      ? rewoundLines(await rewindInFolder(mapping, to, { configuration, env: process.env, embedded: {} }))
      : await askRunning(running.port, mapping.uuid, options.to);
  process.stdout.write(`${mapping.name} goes on from ${options.to}:\n${shards.map((line) => `  ${line}\n`).join('')}`);
  return exitCodes.ok;
}

/** The checkpoints are in the hands of the runtime that runs on the state folder. */
async function askRunning(port: number | undefined, mapping: string, to: string): Promise<readonly string[]> {
  if (port === undefined) {
    throw new MillraceError('STATE_LOCKED', 'a runtime without an HTTP port runs on the state folder; stop it first');
  }
  const url = `http://127.0.0.1:${port}/rewind`;
  try {
    const answer = await fetch(url, { method: 'POST', body: JSON.stringify({ mapping, to }) });
    const text = (await answer.json()) as { readonly shards?: readonly string[]; readonly message?: string };
    if (text.shards !== undefined) return text.shards;
    throw new MillraceError('STATE_LOCKED', text.message ?? `HTTP ${answer.status}`);
  } catch (error) {
    if (error instanceof MillraceError) throw error;
    const message = `the runtime on this state folder does not answer at ${url} (${messageOf(error)}); stop it first`;
    throw new MillraceError('STATE_LOCKED', message, { cause: error });
  }
}
