import { InvalidArgumentError, type Command } from 'commander';
import type { PartitionState } from '../delivery/checkpoint-store.js';
import type { StartingRule } from '../delivery/stream-parts.js';
import { MillraceError } from '../platform/millrace-error.js';
import { unreachable } from '../platform/unreachable.js';
import { addPlaceOptions, type PlaceOptions } from './common-options.js';
import { exitCodes, type SetExitCode } from './exit.js';

interface RewindOptions extends PlaceOptions {
  readonly to: StartingRule;
  readonly dir: string;
}

export function addRewind(program: Command, setExitCode: SetExitCode): void {
  const command = program
    .command('rewind')
    .description('set the position of a stream mapping; millrace must not be running on the state folder')
    .argument('<mapping>', 'name, UUID, or the beginning of one')
    .requiredOption(
      '--to <position>',
      'TRIM_HORIZON, LATEST, or a time: 2026-01-31T12:00:00Z, or seconds since the epoch',
      startingRule,
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
  const { loadFor } = await import('./load.js');
  const { runningEndpoints } = await import('./running-endpoints.js');
  const { findMapping } = await import('../mappings/identity.js');
  const { rewind } = await import('../rewind.js');
  const configuration = await loadFor(options.dir, options);
  const mapping = findMapping(configuration.mappings, name);
  if (mapping.kind !== 'stream') {
    throw new MillraceError(
      'CONFIGURATION_INVALID',
      `mapping ${mapping.name} reads a queue, which has no position: only mappings of streams can be rewound`,
    );
  }
  const embedded = await runningEndpoints({ ...configuration, mappings: [mapping] });
  const positions = await rewind(mapping, options.to, { configuration, env: process.env, embedded });
  const shards = [...positions].map(([id, state]) => `  ${id}: ${stateText(state)}\n`);
  process.stdout.write(`${mapping.name} goes on from ${ruleText(options.to)}:\n${shards.join('')}`);
  return exitCodes.ok;
}

function startingRule(given: string): StartingRule {
  if (given === 'TRIM_HORIZON' || given === 'LATEST') return { kind: given };
  const at = /^\d+(?:\.\d+)?$/.test(given) ? Number(given) * 1_000 : Date.parse(given);
  if (Number.isNaN(at) || !/^\d/.test(given)) {
    throw new InvalidArgumentError('It must be TRIM_HORIZON, LATEST, or a time such as 2026-01-31T12:00:00Z.');
  }
  return { kind: 'AT_TIMESTAMP', at };
}

function ruleText(rule: StartingRule): string {
  return rule.kind === 'AT_TIMESTAMP' ? new Date(rule.at).toISOString() : rule.kind;
}

function stateText(state: PartitionState): string {
  if (state.kind === 'ended') return 'closed, not read';
  switch (state.from.kind) {
    case 'horizon':
      return 'its oldest record';
    case 'timestamp':
      return 'the first record of that time or later';
    case 'after':
      return `behind ${state.from.position}`;
    default:
      return unreachable(state.from);
  }
}
