import type { EventSourceMapping } from '../mappings/event-source-mapping.js';
import { systemClock } from '../platform/clock.js';
import { messageOf, MillraceError } from '../platform/millrace-error.js';
import { systemRandom } from '../platform/random.js';
import { unreachable } from '../platform/unreachable.js';
import { sendToCustom } from './open-custom.js';
import { sourceLabel, streamArnOf } from './open-source.js';
import { reach, type Place } from './reach.js';
import { sendToDynamoDb } from '../sources/dynamodb/send.js';
import { sendToKinesis } from '../sources/kinesis/send.js';
import { sendToSqs, type OutgoingMessage } from '../sources/sqs/send.js';

/** A record to be put into a source. What a source has no use for is refused, not left out. */
export interface OutgoingRecord extends OutgoingMessage {
  /** Kinesis: the partition key. Default: another one for each record. */
  readonly key?: string;
}

/** Puts records into the source of a mapping; rejects with a `MillraceError` that names it. */
export async function sendTo(
  mapping: Pick<EventSourceMapping, 'source'>,
  records: readonly OutgoingRecord[],
  place: Place,
): Promise<readonly string[]> {
  const { source } = mapping;
  refuseForeign(source.kind, records);
  try {
    switch (source.kind) {
      case 'sqs': {
        const { onAws, ...client } = reach('sqs', source, place);
        const { queue, region, account } = source;
        return await sendToSqs({ ...client, queue, region, account: onAws ? account : undefined }, records);
      }
      case 'kinesis': {
        const { stream, region, arn } = source;
        const streamArn = streamArnOf(arn);
        const target = { ...reach('kinesis', source, place), stream, streamArn, region, ...chanceAndTime };
        return await sendToKinesis(target, records);
      }
      case 'dynamodb': {
        const { table, region } = source;
        const target = { ...reach('dynamodb', source, place), table, region, clock: systemClock };
        return await sendToDynamoDb(
          target,
          records.map(({ body }) => body),
        );
      }
      case 'custom':
        return await sendToCustom(source, records, place.configuration);
      default:
        return unreachable(source);
    }
  } catch (error) {
    if (error instanceof MillraceError) throw error;
    throw new MillraceError('SOURCE_UNAVAILABLE', `${sourceLabel(mapping)}: ${messageOf(error)}`, { cause: error });
  }
}

const chanceAndTime = { random: systemRandom, clock: systemClock };

const onlyFor: Readonly<
  Record<Exclude<keyof OutgoingRecord, 'body'>, readonly EventSourceMapping['source']['kind'][]>
> = {
  attributes: ['sqs'],
  delaySeconds: ['sqs'],
  group: ['sqs'],
  deduplicationId: ['sqs'],
  key: ['kinesis', 'custom'],
};

function refuseForeign(kind: EventSourceMapping['source']['kind'], records: readonly OutgoingRecord[]): void {
  for (const [name, kinds] of Object.entries(onlyFor) as [keyof typeof onlyFor, (typeof onlyFor)['key']][]) {
    const given = records.some((record) => record[name] !== undefined && Object.keys(record[name]).length !== 0);
    if (!given || kinds.includes(kind)) continue;
    throw new MillraceError(
      'CONFIGURATION_INVALID',
      `${name} means nothing to this source; it is for ${kinds.join(' and ')}`,
    );
  }
}
