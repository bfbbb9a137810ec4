import type { Configuration } from '../config/configuration.js';
import { colours, wantsColour } from '../readers/console/colours.js';
import { ConsoleLines } from '../readers/console/console-lines.js';
import type { LogLevel } from '../readers/console/console-levels.js';
import { JsonLines } from '../readers/console/json-lines.js';
import { LiveStatus, type LiveStatusOptions } from '../readers/console/live-status.js';
import type { JournalReader } from '../journal/journal.js';
import { prepareReport, ReportCollector, writeReport } from '../readers/status/report.js';
import { renderStatus } from '../readers/console/status-table.js';
import type { StatusBoard } from '../readers/status/status.js';
import { systemClock } from '../platform/clock.js';
import { runConfiguration, type CommandRuntime } from '../runtime/runtime.js';
import type { RunOptions } from '../runtime/runtime-options.js';
import { exitCodes } from './exit.js';
import { writeWarningsTo } from './warnings.js';

interface SessionSettings extends Omit<RunOptions, 'attach' | 'remember'> {
  readonly logLevel: LogLevel;
  /** Journal entries on standard output, everything else on standard error. */
  readonly json: boolean;
  /** File for the report at the end. */
  readonly report?: string | undefined;
  /** Further readers of the journal. */
  readonly readers?: readonly JournalReader[];
  /**
   * What the session is for: resolves when it is over. `print` puts a line among the others. The signal fires when the
   * user wants it to end.
   */
  readonly body: (runtime: CommandRuntime, print: (line: string) => void, stopping: AbortSignal) => Promise<void>;
}

interface SessionEnd {
  readonly interrupted: boolean;
  readonly board: StatusBoard;
}

/** Runs a configuration in the foreground: console, signals, report, and a stop that drains. */
export async function runSession(configuration: Configuration, settings: SessionSettings): Promise<SessionEnd> {
  if (settings.report !== undefined) await prepareReport(settings.report);
  const stream = settings.json ? process.stderr : process.stdout;
  const redraw = stream.isTTY ? (await import('log-update')).createLogUpdate : undefined;
  const output = new SessionOutput(settings, stream, redraw);
  const signals = new Signals();
  let runtime: CommandRuntime | undefined;
  try {
    runtime = await runConfiguration(configuration, {
      ...settings,
      attach: (board, journal) => {
        writeWarningsTo(journal);
        return [...output.attach(board), ...(settings.readers ?? [])];
      },
    });
    const { board, url, longestReceiveMs } = runtime;
    const receives = `, receives in flight end by themselves within ${Math.ceil(longestReceiveMs / 1_000)} s`;
    const wait = longestReceiveMs === 0 ? '' : receives;
    signals.started = true;
    signals.onSecond = () => runtime?.kill();
    signals.onFirst = () =>
      output.print(`stopping: running invocations finish, the rest goes back${wait}. Ctrl-C again ends at once`);
    if (signals.stopping.aborted) signals.onFirst(); // it came while the runtime was starting
    if (url !== undefined) output.print(`listening on ${url} (Lambda API, /health, /metrics)`);
    await settings.body(runtime, (line) => output.print(line), signals.stopping);
    await runtime.stop();
    await output.end(board);
    return { interrupted: signals.stopping.aborted, board };
  } catch (error) {
    await runtime?.stop();
    if (runtime === undefined) await output.flush();
    else await output.end(runtime.board);
    throw error;
  } finally {
    signals.close();
  }
}

/**
 * 0 when every record was handled, also after failures; 1 when one was not, or what was waited for did not come in
 * time; 2 when a function does not load, which no record may have shown.
 */
export function exitCodeOf({ interrupted, board }: SessionEnd, complete: boolean): number {
  if (interrupted) return exitCodes.interrupted;
  if (!complete) process.stderr.write('millrace: ended by --stop-after with more to do\n');
  const bad = board.mappings().some(({ discarded, unhandled }) => discarded + unhandled > 0);
  if (bad || !complete) return exitCodes.recordsFailed;
  const unloaded = board.functions().filter(({ state }) => state === 'failed');
  for (const { name, reason } of unloaded)
    process.stderr.write(`millrace: function ${name} does not load: ${reason}\n`);
  return unloaded.length > 0 ? exitCodes.cannotStart : exitCodes.ok;
}

class SessionOutput {
  readonly #settings: SessionSettings;
  readonly #stream: NodeJS.WriteStream;
  readonly #redraw: LiveStatusOptions['redraw'];
  readonly #json: JsonLines | undefined;
  #live: LiveStatus | undefined;
  #report: ReportCollector | undefined;

  constructor(settings: SessionSettings, stream: NodeJS.WriteStream, redraw: LiveStatusOptions['redraw']) {
    this.#settings = settings;
    this.#stream = stream;
    this.#redraw = redraw;
    this.#json = settings.json ? new JsonLines({ stream: process.stdout, clock: systemClock }) : undefined;
  }

  attach(board: StatusBoard): readonly JournalReader[] {
    const stream = this.#stream;
    const palette = colours(wantsColour(stream, process.env));
    const lines = new ConsoleLines({ level: this.#settings.logLevel, colours: palette });
    this.#live = new LiveStatus({ stream, clock: systemClock, board, lines, colours: palette, redraw: this.#redraw });
    this.#report = new ReportCollector(board);
    return [this.#live.read, this.#report.read, ...(this.#json === undefined ? [] : [this.#json.read])];
  }

  print(line: string): void {
    if (this.#live === undefined) process.stderr.write(`${line}\n`);
    else this.#live.print(line);
  }

  async flush(): Promise<void> {
    await this.#live?.stop();
    await this.#json?.flush();
  }

  /** What is left, the final table and the report. */
  async end(board: StatusBoard): Promise<void> {
    await this.flush();
    const stream = this.#stream;
    if (!stream.isTTY && board.mappings().length > 0) {
      const palette = colours(wantsColour(stream, process.env));
      stream.write(`\n${renderStatus(board.mappings(), { width: 120, colours: palette })}\n`);
    }
    const { report } = this.#settings;
    if (report !== undefined && this.#report !== undefined) await writeReport(report, this.#report.report());
  }
}

/** How long a signal during the start waits for its end. */
const startGraceMs = 3_000;

/** The first SIGINT or SIGTERM asks for a drain, the second ends at once. */
class Signals {
  onFirst: () => void = () => {};
  onSecond: () => void = () => {};
  /** Whether there is something to drain. */
  started = false;
  readonly #stopping = new AbortController();
  readonly #names = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  readonly #listener = (): void => {
    if (this.#stopping.signal.aborted) this.#endNow();
    // What hangs at start must not swallow the signal; what has begun to start is stopped in order.
    if (!this.started) {
      systemClock.after(startGraceMs, () => {
        if (!this.started) this.#endNow();
      });
    }
    this.#stopping.abort();
    this.onFirst();
  };

  constructor() {
    for (const name of this.#names) process.on(name, this.#listener);
  }

  get stopping(): AbortSignal {
    return this.#stopping.signal;
  }

  #endNow(): never {
    this.onSecond();
    process.exit(exitCodes.interrupted);
  }

  close(): void {
    for (const name of this.#names) process.off(name, this.#listener);
  }
}
