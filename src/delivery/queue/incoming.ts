import type { DroppedMessage } from '../../contracts/queue-source.js';
import { maxEventBytes } from '../batching/batcher.js';
import { passing } from '../filter-step.js';
import type { Activity } from './activity.js';
import type { HeldMessage } from './held-message.js';
import type { QueueRoute } from './queue-route.js';
import type { Settler } from './settler.js';

/** What happens to messages between their receive and a batch: they are written down, filtered, and dropped where no event can carry them. */
export class Incoming {
  readonly #route: QueueRoute;
  readonly #settler: Settler;
  readonly #activity: Activity;
  readonly #track: (work: Promise<void>) => void;

  /** `track` is given what goes on in the background. */
  constructor(route: QueueRoute, settler: Settler, activity: Activity, track: (work: Promise<void>) => void) {
    this.#route = route;
    this.#settler = settler;
    this.#activity = activity;
    this.#track = track;
  }

  /** Messages are in hand from now on. */
  received(messages: readonly HeldMessage[]): void {
    const { journal, mapping } = this.#route;
    this.#activity.happened();
    const again = messages.filter((message) => message.receiveCount > 1);
    journal.write({
      type: 'received',
      mapping,
      records: messages.map((message) => message.id),
      ...(again.length === 0
        ? {}
        : { redelivered: Object.fromEntries(again.map(({ id, receiveCount }) => [id, receiveCount])) }),
    });
  }

  /** The source has taken a message from the queue that it does not hand over. */
  dropped({ id, because }: DroppedMessage): void {
    const { journal, mapping } = this.#route;
    this.#activity.happened();
    journal.write({ type: 'received', mapping, records: [id] });
    journal.write({ type: 'discarded', mapping, record: id, because: `dropped: ${because}` });
  }

  /** Those that the handler is to get. Those that the filter does not let pass are deleted, as AWS does. */
  handled(messages: readonly HeldMessage[]): readonly HeldMessage[] {
    const { filter, journal, mapping } = this.#route;
    const { kept, dropped } = passing(messages, filter, (record, because) =>
      journal.write({ type: 'filtered', mapping, record, because }),
    );
    if (dropped.length > 0) this.#track(this.#settler.settle(dropped, 'filtered'));
    return this.#route.source.oversized === 'drop' ? this.#fitting(kept) : kept;
  }

  #fitting(messages: readonly HeldMessage[]): readonly HeldMessage[] {
    const { envelopeBytes } = this.#route.source;
    const tooLarge = messages.filter(({ bytes }) => envelopeBytes + bytes > maxEventBytes);
    if (tooLarge.length === 0) return messages;
    const why = ({ bytes }: HeldMessage): string =>
      `dropped: alone it makes an event of ${envelopeBytes + bytes} bytes, and ${maxEventBytes} is the most that a function takes`;
    this.#track(this.#settler.drop(tooLarge, why));
    return messages.filter((message) => !tooLarge.includes(message));
  }
}
