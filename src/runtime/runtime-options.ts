import type { InspectOptions } from '../functions/function-set.js';
import type { JournalReader, JournalWriter } from '../journal/journal.js';
import type { StatusBoard } from '../readers/status/status.js';

export interface HttpSettings {
  readonly host: string;
  readonly port: number;
  /** The port was named: another one would not do. */
  readonly explicitPort: boolean;
  readonly allowHosts: readonly string[];
}

export interface StartOptions {
  /** The folder that `Handler` and `state` are relative to. Default: the working directory. */
  readonly root?: string;
  /** What endpoints and credentials are looked up in. Default: the environment of this process. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Opens the HTTP port, with `/health`. Default: none is opened. */
  readonly http?: HttpSettings;
}

/** What the commands ask of a runtime beyond what the library offers. */
export interface RunOptions extends Omit<StartOptions, 'root'> {
  /** Called before the first entry is written; the readers it returns see all of them, each after the board. */
  readonly attach?: (board: StatusBoard, journal: JournalWriter) => readonly JournalReader[];
  /** Reload functions when their files change. */
  readonly watch?: boolean;
  readonly inspect?: InspectOptions;
  /** Keep long polls on AWS as short as elsewhere. */
  readonly shortPolls?: boolean;
  /** Keep invocations and entries in memory for `journal`. */
  readonly remember?: boolean;
}
