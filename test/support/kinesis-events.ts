import type { MillraceCommand } from './millrace-command.js';

/** A record as a handler gets it. */
export interface KinesisEventRecord {
  readonly kinesis: {
    readonly partitionKey: string;
    readonly sequenceNumber: string;
    readonly data: string;
    readonly approximateArrivalTimestamp: number;
  };
  readonly eventID: string;
  readonly eventSourceARN: string;
}

/** An event of Kinesis; the fields after `Records` are those of a tumbling window. */
export interface KinesisEvent {
  readonly Records: readonly KinesisEventRecord[];
  readonly window?: { readonly start: string; readonly end: string };
  readonly state?: Readonly<Record<string, unknown>>;
  readonly shardId?: string;
  readonly eventSourceARN?: string;
  readonly isFinalInvokeForWindow?: boolean;
  readonly isWindowTerminatedEarly?: boolean;
}

export const firstShard = 'shardId-000000000000';

export const textOf = ({ kinesis }: KinesisEventRecord): string => Buffer.from(kinesis.data, 'base64').toString('utf8');
export const sequenceOf = ({ kinesis }: KinesisEventRecord): string => kinesis.sequenceNumber;

/** What the sample handlers were called with for the mapping of a stream, in order. */
export function kinesisEvents(command: MillraceCommand, mapping: string): readonly KinesisEvent[] {
  return command.events(mapping) as unknown as readonly KinesisEvent[];
}

/** The data of the records of each call. */
export function calls(command: MillraceCommand, mapping: string): readonly (readonly string[])[] {
  return kinesisEvents(command, mapping).map(({ Records }) => Records.map(textOf));
}

/** Resolves when the checkpoints of a mapping have moved past so many records. */
export function checkpointed(command: MillraceCommand, count: number, mapping: string): Promise<unknown> {
  return command.until(
    `${count} records of ${mapping} behind checkpoints`,
    () => command.of(mapping, 'checkpointed').flatMap(({ records }) => records).length >= count,
  );
}

/** Resolves when a mapping reads its stream. */
export function polls(command: MillraceCommand, mapping: string): Promise<unknown> {
  return command.entry(
    'state-changed',
    ({ mapping: { name }, state, because }) =>
      name === mapping && state === 'polling' && / [1-9]\d* shard/.test(because),
  );
}

/** What a report of a run says. */
export interface ReportedMapping {
  readonly name: string;
  readonly lastProcessingResult?: string;
  readonly metrics: Readonly<Record<string, number>>;
}
