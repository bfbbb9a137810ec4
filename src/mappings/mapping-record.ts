import type { SourceType } from '../contracts/source-description.js';
import type { MappingInput } from './schema/request.js';

/** A mapping as it is kept, whether or not it can be run now. */
export interface MappingRecord {
  readonly uuid: string;
  /** What it is called since it was made. */
  readonly name: string;
  /** Its place in the order in which mappings were made. */
  readonly number: number;
  /** Who owns it: what the file has is changed by editing the file. */
  readonly origin: 'file' | 'api';
  /** Its parameters, all changes applied. */
  readonly request: MappingInput;
  /** As it is echoed: with the qualifier, where one was given. */
  readonly functionArn: string;
  readonly sourceType: SourceType;
  readonly tags: Readonly<Record<string, string>>;
  /** In milliseconds since the epoch. */
  readonly lastModified: number;
  /** Polling has begun at some time: from then on it is not being created any more. */
  readonly begun: boolean;
  /** Of a mapping of the file: in what a change over the API has made it differ. */
  readonly changes: readonly string[];
}

/** What was made over the API, in the order in which it was made. */
export function madeOverApi(records: readonly MappingRecord[]): readonly MappingRecord[] {
  return records.filter(({ origin }) => origin === 'api').toSorted((one, other) => one.number - other.number);
}
