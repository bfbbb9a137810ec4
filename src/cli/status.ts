import type { Command } from 'commander';
import { MillraceError, messageOf } from '../platform/millrace-error.js';
import type { MappingProgress } from '../readers/status/progress.js';
import { addPlaceOptions, type PlaceOptions } from './common-options.js';
import { exitCodes, type SetExitCode } from './exit.js';
import { stateFolder } from './state-folder.js';

interface StatusOptions extends PlaceOptions {
  readonly dir: string;
  readonly json?: boolean;
  readonly watch?: boolean;
}

const everyMs = 1_000;
const longestAnswerMs = 5_000;

export function addStatus(program: Command, setExitCode: SetExitCode): void {
  const command = program
    .command('status')
    .description('what the mappings of the running millrace do, why, and how far they have come')
    .argument('[mapping]', 'name, UUID, or the beginning of one (default: all)');
  addPlaceOptions(command)
    .option('--dir <folder>', 'folder with millrace.yaml', '.')
    .option('--json', 'as JSON; with --watch one line for each look')
    .option('--watch', 'look again every second, until Ctrl-C')
    .addHelpText(
      'after',
      '\nExit codes: 0; 2 when none runs on the state folder, or it has no such mapping; 130 ended by Ctrl-C',
    )
    .action(async (mapping: string | undefined, options: StatusOptions) => {
      setExitCode(await status(mapping, options));
    });
}

async function status(mapping: string | undefined, options: StatusOptions): Promise<number> {
  const state = await stateFolder(options.dir, options);
  const look = async (): Promise<readonly MappingProgress[]> => selected(await askRunning(state), mapping);
  if (options.watch === true) return watch(look, options.json === true);
  const progress = await look();
  process.stdout.write(`${options.json === true ? JSON.stringify(progress, undefined, 2) : await table(progress)}\n`);
  return exitCodes.ok;
}

async function watch(look: () => Promise<readonly MappingProgress[]>, json: boolean): Promise<number> {
  const { pause, systemClock } = await import('../platform/clock.js');
  const redraw =
    process.stdout.isTTY && !json ? (await import('log-update')).createLogUpdate(process.stdout) : undefined;
  const over = new AbortController();
  const names = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  const end = (): void => over.abort();
  for (const name of names) process.on(name, end);
  // Who reads it has seen enough.
  process.stdout.once('error', end);
  try {
    while (!over.signal.aborted) {
      const progress = await look();
      const text = json ? JSON.stringify(progress) : await table(progress);
      if (redraw === undefined) process.stdout.write(json ? `${text}\n` : `${text}\n\n`);
      else redraw(text);
      await pause(systemClock, everyMs, over.signal);
    }
    return exitCodes.interrupted;
  } finally {
    redraw?.done();
    for (const name of names) process.off(name, end);
  }
}

async function selected(
  progress: readonly MappingProgress[],
  mapping: string | undefined,
): Promise<readonly MappingProgress[]> {
  if (mapping === undefined) return progress;
  const { findMapping } = await import('../mappings/identity.js');
  return [findMapping(progress, mapping)];
}

async function table(progress: readonly MappingProgress[]): Promise<string> {
  if (progress.length === 0) return 'no mappings';
  const { renderProgress } = await import('../readers/console/progress-table.js');
  const { colours, wantsColour } = await import('../readers/console/colours.js');
  const palette = colours(wantsColour(process.stdout, process.env));
  return renderProgress(progress, { width: process.stdout.columns ?? 120, colours: palette });
}

/** Asks the millrace that runs on the state folder; it may be another one than the last time. */
async function askRunning(state: string): Promise<readonly MappingProgress[]> {
  const { readRunning } = await import('../state/running.js');
  const running = await readRunning(state);
  if (running === undefined) throw noneRuns(state);
  const { pid, port } = running;
  const who = `process ${pid} on the state folder ${state}`;
  if (port === undefined) {
    throw unavailable(
      `${who} has no HTTP port; it is still starting, or was started by the library without \`http\`: then ask runtime.status() there, or give it a port`,
    );
  }
  const url = `http://127.0.0.1:${port}/status`;
  try {
    return await get(url);
  } catch (error) {
    // It may have ended meanwhile.
    if ((await readRunning(state)) === undefined) throw noneRuns(state);
    const advice =
      'it is stopping, it hangs, another program has got its port since, or it was told by --host to listen elsewhere than on 127.0.0.1';
    throw unavailable(`${who} does not answer at ${url} (${messageOf(error)}); ${advice}`, error);
  }
}

async function get(url: string): Promise<readonly MappingProgress[]> {
  const { systemClock } = await import('../platform/clock.js');
  const late = new AbortController();
  const cancel = systemClock.after(longestAnswerMs, () =>
    late.abort(new Error(`nothing came in ${longestAnswerMs / 1_000} s`)),
  );
  try {
    const answer = await fetch(url, { signal: late.signal });
    if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
    const progress: unknown = await answer.json();
    const { isProgress } = await import('../readers/status/progress.js');
    if (!isProgress(progress)) throw new Error('what answers there is another program');
    return progress;
  } finally {
    cancel();
  }
}

function noneRuns(state: string): MillraceError {
  return unavailable(
    `no millrace runs on the state folder ${state}; start millrace dev or millrace run, or name the folder of the one that you mean with --state`,
  );
}

function unavailable(message: string, cause?: unknown): MillraceError {
  return new MillraceError('SOURCE_UNAVAILABLE', message, { cause });
}
