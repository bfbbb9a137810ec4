import { spawn, type ChildProcess } from 'node:child_process';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as after } from 'node:timers/promises';
import type { EntryOf as AnyEntryOf, EntryType, StoredEntry } from '../../src/journal/stored-entry.js';

/** The built command, as `npm install` links it; `MILLRACE_CLI` names that of another build. */
export const main = path.resolve(process.env['MILLRACE_CLI'] ?? 'dist/cli/main.js');

/** How long a test waits for anything: far more than it takes, because machines are sometimes busy. */
const deadlineMs = 60_000;

/** An entry of a source whose events do not span partitions: it names its records in one list. */
type EntryOf<T extends EntryType> = Exclude<AnyEntryOf<T>, { readonly partitions: unknown }>;

export interface CommandOptions {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** Given to the command on standard input, which is closed afterwards. */
  readonly input?: string;
  /** Makes the command the leader of a process group of its own, as a terminal does. */
  readonly group?: boolean;
}

export interface CommandEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** An event as the sample handlers log it. */
export interface LoggedEvent {
  readonly Records: readonly (Readonly<Record<string, unknown>> & {
    readonly messageId: string;
    readonly receiptHandle: string;
    readonly body: string;
    readonly attributes: Readonly<Record<string, string>>;
  })[];
}

/** A `node` process with what it has said so far. */
export class MillraceCommand {
  /** Journal entries: the lines of standard output that are JSON objects. */
  readonly entries: StoredEntry[] = [];
  /** All other lines of standard output. */
  readonly plainLines: string[] = [];
  readonly errorLines: string[] = [];
  /** Resolves when the process is gone and everything it printed has been read. */
  readonly ended: Promise<CommandEnd>;
  readonly #title: string;
  readonly #child: ChildProcess;
  readonly #group: boolean;
  readonly #looks = new Set<() => void>();
  #end: CommandEnd | undefined;

  constructor(argv: readonly string[], { cwd, env, input, group = false }: CommandOptions) {
    this.#title = argv.map((word) => path.basename(word)).join(' ');
    this.#group = group;
    this.#child = spawn(process.execPath, argv, {
      cwd,
      env,
      detached: group,
      stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    });
    this.#child.stdin?.end(input);
    this.#readLines(this.#child.stdout, (line) => this.#standardLine(line));
    this.#readLines(this.#child.stderr, (line) => this.errorLines.push(line));
    this.ended = new Promise((resolve) => {
      this.#child.once('close', (code, signal) => {
        this.#end = { code, signal };
        resolve(this.#end);
        this.#news();
      });
    });
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  get stdout(): string {
    return this.plainLines.join('\n');
  }

  get stderr(): string {
    return this.errorLines.join('\n');
  }

  /** Both, for what may be said on either. */
  get text(): string {
    return `${this.stdout}\n${this.stderr}`;
  }

  /** Resolves with the first result of `look`, which is asked again whenever the command has said something. */
  until<T>(what: string, look: () => T | undefined | false): Promise<T> {
    return new Promise((resolve, reject) => {
      const done = (): void => {
        clearTimeout(timer);
        this.#looks.delete(again);
      };
      const again = (): void => {
        const found = look();
        if (found !== undefined && found !== false) {
          done();
          resolve(found);
        } else if (this.#end !== undefined) {
          done();
          reject(this.#failure(`ended (${JSON.stringify(this.#end)}) without: ${what}`));
        }
      };
      const timer = setTimeout(() => {
        done();
        reject(this.#failure(`not seen in ${deadlineMs / 1_000} s: ${what}`));
      }, deadlineMs);
      this.#looks.add(again);
      again();
    });
  }

  /** The first entry of a type that also matches. */
  entry<T extends EntryType>(type: T, matches: (entry: EntryOf<T>) => boolean = () => true): Promise<EntryOf<T>> {
    return this.until(`an entry ${type} where ${String(matches)}`, () => this.all(type).find(matches));
  }

  /** Resolves when so many entries of a type match. */
  atLeast<T extends EntryType>(
    count: number,
    type: T,
    matches: (entry: EntryOf<T>) => boolean = () => true,
  ): Promise<readonly EntryOf<T>[]> {
    return this.until(`${count} entries ${type} where ${String(matches)}`, () => {
      const found = this.all(type).filter(matches);
      return found.length >= count && found;
    });
  }

  /** Resolves when so many records have been deleted from the source of a mapping. */
  settled(count: number, mapping: string): Promise<unknown> {
    return this.until(
      `${count} records of ${mapping} settled`,
      () => this.of(mapping, 'settled').flatMap(({ records }) => records).length >= count,
    );
  }

  all<T extends EntryType>(type: T): readonly EntryOf<T>[] {
    return this.entries.filter((entry): entry is EntryOf<T> => entry.type === type);
  }

  /** Entries of a type about the mapping of that name. */
  of<T extends EntryType>(mapping: string, type: T): readonly EntryOf<T>[] {
    return this.all(type).filter((entry) => 'mapping' in entry && entry.mapping.name === mapping);
  }

  /** What the sample handlers were called with for a mapping. */
  events(mapping: string): readonly LoggedEvent[] {
    const mark = 'event ';
    return this.logs(mapping).flatMap((line) =>
      line.startsWith(mark) ? [JSON.parse(line.slice(mark.length)) as LoggedEvent] : [],
    );
  }

  /** Lines that handlers logged while they were called for a mapping. */
  logs(mapping: string): readonly string[] {
    const calls = new Set(this.of(mapping, 'invoked').map(({ invocation }) => invocation));
    return this.all('function-log').flatMap(({ invocation, message }) =>
      invocation !== undefined && calls.has(invocation) ? [message] : [],
    );
  }

  /** The address of its HTTP port. */
  address(): Promise<string> {
    return this.until(
      'the address it listens on',
      () => /listening on (?<url>http:\S+)/.exec(this.text)?.groups?.['url'],
    );
  }

  /** Closes its standard output, as `head` does when it has seen enough. */
  stopReading(): void {
    this.#child.stdout?.destroy();
  }

  /** Sends Ctrl-C, to the whole group if there is one, as a terminal does. */
  interrupt(signal: NodeJS.Signals = 'SIGINT'): void {
    if (this.#end === undefined) process.kill(this.#group ? -this.pid : this.pid, signal);
  }

  /** Ends it as nothing can be prevented from ending. Resolves when it is gone. */
  async kill(): Promise<CommandEnd> {
    if (this.#end === undefined) this.#child.kill('SIGKILL');
    return this.ended;
  }

  /** Resolves with the exit code of a command that ends by itself. */
  async exitCode(): Promise<number | null> {
    const over = new AbortController();
    const late = after(deadlineMs, undefined, { signal: over.signal }).then(
      () => Promise.reject(this.#failure(`did not end in ${deadlineMs / 1_000} s`)),
      () => undefined,
    );
    const end = await Promise.race([this.ended, late]);
    over.abort();
    return end?.code ?? null;
  }

  #readLines(stream: NodeJS.ReadableStream | null, take: (line: string) => void): void {
    if (stream === null) return;
    createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY }).on('line', (line) => {
      take(line);
      this.#news();
    });
  }

  #standardLine(line: string): void {
    const parsed = parseObject(line);
    if (parsed === undefined) this.plainLines.push(line);
    else this.entries.push(parsed as StoredEntry);
  }

  #news(): void {
    for (const look of this.#looks) look();
  }

  #failure(problem: string): Error {
    const entries = this.entries.slice(-20).map((entry) => JSON.stringify(entry));
    return new Error(
      [`${this.#title} ${problem}`, ...entries, ...this.plainLines.slice(-20), ...this.errorLines.slice(-20)].join(
        '\n  ',
      ),
    );
  }
}

function parseObject(line: string): object | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    return JSON.parse(line) as object;
  } catch {
    return undefined; // the last line of a command that was killed
  }
}
