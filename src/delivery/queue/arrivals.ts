import type { DroppedMessage } from '../../contracts/queue-source.js';
import { maxEventBytes } from '../batching/batcher.js';
import { passing } from '../filter-step.js';
import { idsOf, type HeldMessage } from './held-message.js';
import type { QueueDependencies } from './queue-dependencies.js';
import type { Settler } from './settler.js';

type ArrivalDependencies = Pick<QueueDependencies, 'mapping' | 'source' | 'journal' | 'filter'>;

/** What a receive has brought: written down, and divided into what goes into a batch and what leaves the queue at once. */
export class Arrivals {
  readonly #its: ArrivalDependencies;
  readonly #settler: Pick<Settler, 'settle'>;
  readonly #track: (work: Promise<void>) => void;

  /** `track` is told of the removal of messages that go into no batch. */
  constructor(
    dependencies: ArrivalDependencies,
    settler: Pick<Settler, 'settle'>,
    track: (work: Promise<void>) => void,
  ) {
    this.#its = dependencies;
    this.#settler = settler;
    this.#track = track;
  }

  /** Messages that the source has taken from the queue and hands to nobody. */
  dropped(messages: readonly DroppedMessage[]): void {
    const { journal, mapping } = this.#its;
    journal.write({ type: 'received', mapping, records: messages.map(({ id }) => id) });
    for (const { id, because } of messages) {
      journal.write({ type: 'discarded', mapping, record: id, because: `dropped: ${because}` });
    }
  }

  received(messages: readonly HeldMessage[]): void {
    const { journal, mapping } = this.#its;
    const again = messages.filter(({ receiveCount }) => receiveCount > 1);
    journal.write({
      type: 'received',
      mapping,
      records: idsOf(messages),
      ...(again.length === 0
        ? {}
        : { redelivered: Object.fromEntries(again.map(({ id, receiveCount }) => [id, receiveCount])) }),
    });
  }

  /** The messages that go on. Those that the filter does not let pass are deleted, as mappings of queues do. */
  kept(messages: readonly HeldMessage[]): readonly HeldMessage[] {
    const { filter, journal, mapping } = this.#its;
    const { kept, dropped } = passing(this.#fitting(messages), filter, (record, because) =>
      journal.write({ type: 'filtered', mapping, record, because }),
    );
    if (dropped.length > 0) this.#track(this.#settler.settle(dropped, { because: 'filtered' }));
    return kept;
  }

  /** Those that some event can carry. The others go alone, unless their source wants them dropped. */
  #fitting(messages: readonly HeldMessage[]): readonly HeldMessage[] {
    const { source, journal, mapping } = this.#its;
    if (source.oversized !== 'drop') return messages;
    const room = maxEventBytes - source.envelopeBytes;
    const oversized = messages.filter(({ bytes }) => bytes > room);
    if (oversized.length === 0) return messages;
    for (const { id, bytes } of oversized) {
      const because = `dropped: with ${bytes.toLocaleString('en-US')} bytes it is too large for any event (6 MB)`;
      journal.write({ type: 'discarded', mapping, record: id, because });
    }
    this.#track(this.#settler.settle(oversized, { because: 'dropped' }));
    return messages.filter(({ bytes }) => bytes <= room);
  }
}
