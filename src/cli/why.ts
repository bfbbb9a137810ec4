import type { Command } from 'commander';
import { addPlaceOptions, type PlaceOptions } from './common-options.js';
import { exitCodes, type SetExitCode } from './exit.js';
import { stateFolder } from './state-folder.js';

interface WhyOptions extends PlaceOptions {
  readonly dir: string;
  readonly json?: boolean;
}

export function addWhy(program: Command, setExitCode: SetExitCode): void {
  const command = program
    .command('why')
    .description('the life of one record, with the reason of every step')
    .argument('<record>', 'message id, sequence number, shardId:sequenceNumber or eventID, or the beginning of one');
  addPlaceOptions(command)
    .option('--dir <folder>', 'folder with millrace.yaml', '.')
    .option('--json', 'as one JSON object')
    .action(async (record: string, options: WhyOptions) => setExitCode(await why(record, options)));
}

async function why(record: string, options: WhyOptions): Promise<number> {
  const { lifeOf } = await import('../readers/why/why.js');
  const { renderAnswer } = await import('../readers/why/why-text.js');
  const { colours, wantsColour } = await import('../readers/console/colours.js');
  const { systemClock } = await import('../platform/clock.js');
  const { journalFolders } = await import('../state/worker-folders.js');
  const state = await stateFolder(options.dir, options);
  const answer = await lifeOf(journalFolders(state), record, systemClock.now());
  const palette = colours(wantsColour(process.stdout, process.env));
  const shown = options.json === true ? JSON.stringify(answer, undefined, 2) : renderAnswer(answer, palette);
  process.stdout.write(`${shown}\n`);
  return answer.kind === 'life' ? exitCodes.ok : exitCodes.recordsFailed;
}
