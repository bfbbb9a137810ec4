import { defineSource } from '../../../src/contracts/source-definition.js';
import { SourceError } from '../../../src/contracts/source-error.js';
import { systemClock } from '../../../src/platform/clock.js';
import { MemoryStream } from '../../../src/testing/memory-stream.js';
import { MemoryQueue } from '../../fakes/memory-queue.js';
import { boxTraits, tapeTraits } from './description.js';

/** Every toy of the process by its ARN; what nobody has put anything into is there, too, but for one. */
const tapes = new Map<string, MemoryStream>();
const boxes = new Map<string, MemoryQueue>();

const missingId = 'nowhere';

function toyOf<T>(all: Map<string, T>, arn: string, make: () => T): T {
  const toy = all.get(arn) ?? make();
  all.set(arn, toy);
  return toy;
}

/** A stream that nobody knows but this test. */
export const tape = defineSource({
  name: 'tape',
  kind: 'stream',
  traits: tapeTraits,
  open: ({ arn, id }, { clock }) => {
    const stream = toyOf(tapes, arn, () => new MemoryStream({ clock, partitions: 2 }));
    if (id === missingId) stream.failNext('describe', new SourceError('missing', 'there is no such tape'));
    return stream;
  },
  async send({ arn }, records, { clock }) {
    const stream = toyOf(tapes, arn, () => new MemoryStream({ clock, partitions: 2 }));
    const written = stream.write(
      records.map(({ body, group }) => ({ body, ...(group === undefined ? {} : { key: group }) })),
    );
    return written.map(({ id }) => id);
  },
  missing: ({ id }) => `The toy has no tape ${id}.`,
  advice: (_ref, { functionTimeoutMs }) => [`a tape runs for ${functionTimeoutMs} ms at most`],
});

/** A queue that nobody knows but this test. */
export const box = defineSource({
  name: 'box',
  kind: 'queue',
  traits: boxTraits,
  open: ({ arn }) => toyOf(boxes, arn, () => new MemoryQueue({ clock: systemClock, waitMs: 100 })),
  async send({ arn }, records) {
    const queue = toyOf(boxes, arn, () => new MemoryQueue({ clock: systemClock, waitMs: 100 }));
    queue.send(records.map(({ body }) => body));
    return records.map(({ body }) => body);
  },
  refusal: (_facts, functionTimeoutMs) => (functionTimeoutMs > 60_000 ? 'a box is closed after a minute' : undefined),
  advice: (_facts, { windowMs }) => [`a box is looked into every ${windowMs} ms`],
});

/** What a file that names this module gets. */
export default tape;
