import type { Writable } from 'node:stream';
import type { createLogUpdate } from 'log-update';
import type { Clock } from '../../platform/clock.js';
import { BoundedOutput } from './bounded-output.js';
import type { Colours } from './colours.js';
import type { ConsoleLines } from './console-lines.js';
import type { JournalReader } from '../../journal/journal.js';
import { LineBuffer } from '../../journal/line-buffer.js';
import { renderStatus } from './status-table.js';
import type { StatusBoard } from '../status/status.js';
import { counted } from '../../journal/short-text.js';

/** A terminal, or whatever output was redirected to. */
interface ConsoleStream extends Writable {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
}

export interface LiveStatusOptions {
  readonly stream: ConsoleStream;
  readonly clock: Clock;
  readonly board: StatusBoard;
  readonly lines: ConsoleLines;
  readonly colours: Colours;
  /** What redraws the table; only terminals need it. */
  readonly redraw: typeof createLogUpdate | undefined;
}

const redrawEveryMs = 250;
const printEveryMs = 20;
const chunkBytes = 64 * 1024;
const maxPendingBytes = 8 * 1024 * 1024;
/** Lines of the terminal that are left to what scrolls. */
const scrollingLines = 4;
const smallestTable = 3;

/**
 * What a person sees: console lines and, on a terminal, the status table below them. Without a terminal the lines are
 * all there is. Subscribe it after the board it shows.
 */
export class LiveStatus {
  readonly #options: LiveStatusOptions;
  readonly #printed: LineBuffer;
  readonly #output: BoundedOutput;
  readonly #table: ReturnType<typeof createLogUpdate> | undefined;
  #drawn = { version: -1, at: Number.NEGATIVE_INFINITY, width: 0, text: '' };
  #cancelRedraw: (() => void) | undefined;
  #stopped = false;

  constructor(options: LiveStatusOptions) {
    const { stream, clock } = options;
    this.#options = options;
    this.#table = stream.isTTY === true ? options.redraw?.(stream) : undefined;
    this.#output = new BoundedOutput({
      stream,
      maxPendingBytes,
      gap: (lines) => `… ${counted(lines, 'line')} left out: the output is read too slowly\n`,
    });
    this.#printed = new LineBuffer({
      clock,
      everyMs: printEveryMs,
      chunkBytes,
      drain: (chunk, lines) => this.#scroll(chunk, lines),
    });
    this.#redrawSoon();
  }

  readonly read: JournalReader = (entry) => {
    for (const line of this.#options.lines.lines(entry)) this.print(line);
    this.#redrawSoon();
  };

  /** A line of somebody else, in its place between the others. */
  print(line: string): void {
    this.#printed.add(line);
    if (this.#stopped) this.#printed.flush();
  }

  /** Prints what is left and the table as it is now, and gives the cursor back. Lines printed later just follow. */
  async stop(): Promise<void> {
    if (!this.#stopped) {
      this.#cancelRedraw?.();
      this.#printed.flush();
      this.#draw();
      this.#table?.done();
      this.#stopped = true;
    }
    await this.#output.flushed();
  }

  /** The table is taken away, lines are written where it was, and it is drawn again: in one write, so nothing flickers. */
  #scroll(chunk: Buffer, lines: number): void {
    const { stream } = this.#options;
    if (this.#table === undefined || this.#stopped) {
      this.#output.write(chunk, lines);
      return;
    }
    stream.cork();
    this.#table.clear();
    this.#output.write(chunk, lines);
    if (this.#drawn.text !== '') this.#table(this.#drawn.text);
    stream.uncork();
  }

  #redrawSoon(): void {
    if (this.#table === undefined || this.#stopped || this.#cancelRedraw !== undefined) return;
    const { clock } = this.#options;
    const wait = Math.max(0, this.#drawn.at + redrawEveryMs - clock.now());
    this.#cancelRedraw = clock.after(wait, () => {
      this.#cancelRedraw = undefined;
      this.#draw();
    });
  }

  #draw(): void {
    const { board, stream, clock, colours } = this.#options;
    const width = stream.columns ?? 80;
    if (this.#table === undefined || stream.destroyed) return;
    if (board.version === this.#drawn.version && width === this.#drawn.width) return;
    const maxLines = Math.max(smallestTable, (stream.rows ?? 24) - scrollingLines);
    const text = `\n${renderStatus(board.mappings(), { width, colours, maxLines })}`;
    this.#drawn = { version: board.version, at: clock.now(), width, text };
    this.#table(text);
  }
}
