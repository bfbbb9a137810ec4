import { once } from 'node:events';
import { Option, type Command } from 'commander';
import type { JournalReader } from '../journal/journal.js';
import { pause, systemClock } from '../platform/clock.js';
import type { CommandRuntime } from '../runtime/runtime.js';
import { addServeOptions, httpSettings, seconds, wholeNumber, type ServeOptions } from './common-options.js';
import type { SetExitCode } from './exit.js';

interface RunCommandOptions extends ServeOptions {
  readonly untilIdle?: number;
  readonly untilInvocations?: number;
  readonly stopAfter?: number;
  readonly timeout: number;
  readonly json?: boolean;
  readonly report?: string;
  readonly inspect?: string;
}

export function addRun(program: Command, setExitCode: SetExitCode): void {
  const command = program
    .command('run')
    .description('run the mappings of a folder until a signal, or in CI until there is nothing left to do')
    .argument('[dir]', 'folder with millrace.yaml', '.');
  addServeOptions(command)
    .addOption(
      new Option('--until-idle [seconds]', 'end when every source was drained for so long (default: 2)').argParser(
        seconds,
      ),
    )
    .addOption(
      new Option('--until-invocations <n>', 'end after so many invocations').argParser(wholeNumber(1, 1_000_000_000)),
    )
    .addOption(
      new Option(
        '--stop-after <seconds>',
        'end at the latest after so long, with exit code 1 when there was more to do',
      ).argParser(seconds),
    )
    .addOption(
      new Option('--timeout <seconds>', 'with --until-…: give up on a source that is not ready for so long')
        .argParser(seconds)
        .default(30),
    )
    .option('--json', 'journal entries on standard output, one JSON object a line; everything else on standard error')
    .option('--report <file>', 'write counters and discarded records to a JSON file at the end')
    .option(
      '--inspect [function]',
      'let a debugger attach to functions (port 9229 and up), or with --inspect=orders to one; turns timeouts off',
    )
    .addHelpText(
      'after',
      '\nExit codes: 0 everything was handled; 1 a record ended discarded, in a dead-letter queue or unhandled;\n' +
        '2 could not start, or a source never became ready; 130 ended by a signal, after a clean drain',
    )
    .action(async (dir: string, options: RunCommandOptions) => setExitCode(await run(dir, options)));
}

async function run(dir: string, options: RunCommandOptions): Promise<number> {
  const { inspectOption, loadFor } = await import('./load.js');
  const { exitCodeOf, runSession } = await import('./session.js');
  const configuration = await loadFor(dir, options);
  const invocations = new InvocationCount(options.untilInvocations);
  let complete = true;
  const end = await runSession(configuration, {
    logLevel: options.logLevel,
    json: options.json ?? false,
    report: options.report,
    http: httpSettings(options),
    readers: [invocations.read],
    ...inspectOption(options.inspect),
    body: async (runtime, _print, stopping) => {
      complete = await untilDone(runtime, invocations, options, stopping);
    },
  });
  return exitCodeOf(end, complete);
}

/** Resolves with whether what was waited for has come, or nothing was. */
async function untilDone(
  runtime: CommandRuntime,
  invocations: InvocationCount,
  { untilIdle, untilInvocations, stopAfter, timeout }: RunCommandOptions,
  stopping: AbortSignal,
): Promise<boolean> {
  if (stopping.aborted) return true;
  const over = new AbortController();
  const signal = AbortSignal.any([stopping, over.signal]);
  const stopped = once(stopping, 'abort', { signal: over.signal }).catch(() => {});
  const waits: Promise<unknown>[] = [stopped];
  if (untilIdle !== undefined) waits.push(runtime.idle({ seconds: untilIdle, timeoutSeconds: timeout, signal }));
  if (untilInvocations !== undefined) {
    // Never idle enough; it rejects when a source is not ready for too long.
    const usable = runtime.idle({ seconds: Number.POSITIVE_INFINITY, timeoutSeconds: timeout, signal });
    waits.push(invocations.reached, usable);
  }
  let tooLate = false;
  if (stopAfter !== undefined) {
    const limit = async (): Promise<void> => {
      await pause(systemClock, stopAfter * 1_000, signal);
      tooLate = !signal.aborted;
    };
    waits.push(limit());
  }
  try {
    await Promise.race(waits);
    return !tooLate || (untilIdle === undefined && untilInvocations === undefined);
  } catch (error) {
    if (!stopping.aborted) throw error;
    return true;
  } finally {
    // What is still asked of a source is not waited for: pollers would go on meanwhile.
    over.abort();
  }
}

/** Counts invocations that have ended. */
class InvocationCount {
  readonly reached: Promise<void>;
  #left: number;
  #resolve = (): void => {};

  constructor(wanted: number | undefined) {
    this.#left = wanted ?? Number.POSITIVE_INFINITY;
    this.reached = new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  readonly read: JournalReader = ({ type }) => {
    if (type !== 'succeeded' && type !== 'failed' && type !== 'partially-failed') return;
    if (--this.#left === 0) this.#resolve();
  };
}
