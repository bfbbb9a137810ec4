import type { Idling } from '../delivery/idle.js';
import type { FirstPoll, MappingDelivery } from '../delivery/mapping-delivery.js';
import type { MappingRef, MappingState, PollerState } from '../journal/events.js';
import type { JournalWriter } from '../journal/journal.js';
import type { EventSourceMapping } from '../mappings/event-source-mapping.js';
import { Lifecycle } from '../platform/lifecycle.js';
import { messageOf } from '../platform/millrace-error.js';

/** What a service is to do: deliver, do nothing because it is disabled, or nothing because it cannot. */
export type Target =
  | { readonly kind: 'deliver'; readonly mapping: EventSourceMapping }
  | { readonly kind: 'disabled'; readonly because: string }
  | { readonly kind: 'impossible'; readonly because: string };

interface MappingServiceOptions {
  readonly mapping: MappingRef;
  readonly journal: JournalWriter;
  /** Opens the source of a mapping and puts its delivery together; it is not started yet. */
  readonly deliver: (mapping: EventSourceMapping) => Promise<MappingDelivery>;
  /** What differs from the file by now. */
  readonly differs: () => readonly string[];
  /** The state is one that lasts: told so that it can be stored. */
  readonly settled: (state: MappingState) => void;
}

/** Poller states in which new settings are in effect, whether or not the source can be used. */
const inEffect: readonly PollerState[] = ['polling', 'waiting', 'refused'];

/**
 * Runs one mapping: starts its delivery, and replaces it when the mapping changes. Changes are carried out one after the
 * other; what a handler has is finished first.
 *
 * The state is that of the API: `Enabled` once polling has begun, `Disabled` once the last invocation has finished. A source
 * that disappears does not change it.
 */
export class MappingService implements Idling {
  readonly #options: MappingServiceOptions;
  #state: MappingState;
  #delivery: MappingDelivery | undefined;
  #poller: { readonly state: PollerState; readonly because: string } = {
    state: 'starting',
    because: 'not started yet',
  };
  /** What is being changed is not waited for longer than a stop takes. */
  readonly #life = new Lifecycle({
    onStop: () => this.#delivery?.stop(),
    close: () => this.#delivery?.stop(), // a change had got as far as to start it
  });
  #work: Promise<void> = Promise.resolve();
  #pending = 0;

  constructor(options: MappingServiceOptions, state: MappingState) {
    this.#options = options;
    this.#state = state;
  }

  get state(): MappingState {
    return this.#state;
  }

  get name(): string {
    return this.#options.mapping.name;
  }

  /** Whether a delivery holds the source and the checkpoints of the mapping. */
  get isDelivering(): boolean {
    return this.#delivery !== undefined || this.#pending > 0;
  }

  /** How long a stop may have to wait for a receive in flight. */
  get longestReceiveMs(): number {
    return this.#delivery?.longestReceiveMs ?? 0;
  }

  get status(): Idling['status'] {
    return this.#delivery?.status ?? this.#poller;
  }

  get lastActivityAt(): number {
    return this.#delivery?.lastActivityAt ?? Number.NEGATIVE_INFINITY;
  }

  /** Nothing of a disabled mapping is waited for. */
  async isDrained(): Promise<boolean> {
    if (this.#pending > 0) return false;
    if (this.#poller.state === 'disabled') return true;
    return (await this.#delivery?.isDrained()) ?? false;
  }

  /** Whether somebody could wait for it to become idle. */
  get isEnabled(): boolean {
    return this.#pending > 0 || this.#poller.state !== 'disabled';
  }

  /** Begins when the runtime starts; rejects when the delivery cannot be put together. */
  begin(target: Target): Promise<void> {
    const begun = this.#begin(target);
    this.#work = begun.catch(() => {});
    this.#life.track(this.#work);
    return begun;
  }

  /** Goes over to another target; `state` is reported until it is reached. Never rejects. */
  change(target: Target, state: MappingState, because: string): Promise<void> {
    this.#become(state, because);
    return this.#next(async () => {
      await this.#delivery?.finish();
      this.#delivery = undefined;
      await this.#reach(target, 'now');
    });
  }

  /** Only says what has changed: nothing that is running has to know. */
  note(because: string): void {
    this.#become(this.#state, because);
  }

  /** Ends for good; resolves when the last invocation has finished. */
  remove(because: string): Promise<void> {
    this.#become('Deleting', because);
    return this.#next(async () => {
      await this.#delivery?.finish();
      this.#delivery = undefined;
      const { journal, mapping } = this.#options;
      journal.write({
        type: 'mapping-changed',
        mapping,
        state: 'Deleted',
        because: 'the last invocation has finished',
      });
    });
  }

  /** The runtime ends. */
  stop(): Promise<void> {
    return this.#life.stop();
  }

  async #begin(target: Target): Promise<void> {
    this.#pending++;
    try {
      // The whole runtime starts: nothing is taken from a source before it can be handled.
      await this.#reach(target, 'loaded');
    } catch (error) {
      this.#poll('refused', messageOf(error));
      throw error;
    } finally {
      this.#workDone();
    }
  }

  #next(work: () => Promise<void>): Promise<void> {
    this.#pending++;
    this.#work = this.#after(this.#work, work);
    this.#life.track(this.#work);
    return this.#work;
  }

  async #after(before: Promise<void>, work: () => Promise<void>): Promise<void> {
    await before;
    try {
      if (!this.#life.isStopping) await work();
    } catch (error) {
      this.#poll('refused', messageOf(error));
    } finally {
      this.#workDone();
    }
  }

  async #reach(target: Target, firstPoll: FirstPoll): Promise<void> {
    if (this.#state === 'Deleting') return; // what comes next ends it
    if (target.kind === 'deliver') {
      const delivery = await this.#options.deliver(target.mapping);
      this.#delivery = delivery;
      this.#poller = { state: 'starting', because: '' };
      delivery.status.onChange(() => this.#lookAtPoller());
      if (!this.#life.isStopping) delivery.start(firstPoll);
      return;
    }
    const isDisabled = target.kind === 'disabled';
    this.#poll(isDisabled ? 'disabled' : 'refused', target.because);
    if (isDisabled) this.#settle('Disabled', 'the last invocation has finished');
    else if (this.#state === 'Updating') this.#settle('Enabled', `it cannot be polled: ${target.because}`);
  }

  /** The state of a mapping that nobody polls is not told by a poller. */
  #poll(state: PollerState, because: string): void {
    this.#poller = { state, because };
    this.#options.journal.write({ type: 'state-changed', mapping: this.#options.mapping, state, because });
  }

  #workDone(): void {
    this.#pending--;
    this.#lookAtPoller();
  }

  /** What a poller says that is about to be replaced tells nothing of the settings that come. */
  #lookAtPoller(): void {
    const poller = this.#delivery?.status.state;
    if (this.#pending > 0 || poller === undefined) return;
    if (poller === 'polling' && (this.#state === 'Creating' || this.#state === 'Enabling')) {
      this.#settle('Enabled', 'polling has begun');
    } else if (this.#state === 'Updating' && inEffect.includes(poller)) {
      this.#settle('Enabled', 'the new settings are in effect');
    }
  }

  #settle(state: MappingState, because: string): void {
    if (this.#state === state) return;
    this.#become(state, because);
    this.#options.settled(state);
  }

  #become(state: MappingState, because: string): void {
    this.#state = state;
    const { journal, mapping, differs } = this.#options;
    const different = differs();
    journal.write({
      type: 'mapping-changed',
      mapping,
      state,
      because,
      ...(different.length === 0 ? {} : { differs: different }),
    });
  }
}
