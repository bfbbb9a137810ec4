import { createMappingControl } from '../../src/control-plane/mapping-control.js';
import type { MappingStore } from '../../src/control-plane/mapping-changes.js';
import { Journal } from '../../src/journal/journal.js';
import { StatusBoard } from '../../src/readers/status/status.js';
import type { EventSourceMapping } from '../../src/mappings/event-source-mapping.js';
import type { MappingRecord } from '../../src/mappings/mapping-record.js';
import { FakeDelivery } from '../fakes/fake-delivery.js';
import { VirtualClock } from '../fakes/virtual-clock.js';
import { world } from '../mappings/mapping-world.js';

/** Lets everything happen that waits for nothing. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 100; turn++) await Promise.resolve();
}

/** A store whose writes end when a test says so, and fail when it says so. */
export class FakeStore implements MappingStore {
  readonly records = new Map<string, MappingRecord>();
  readonly #waiting: (() => void)[] = [];
  held = false;
  broken = false;

  write(record: MappingRecord): Promise<void> {
    return this.#step(() => this.records.set(record.uuid, record));
  }

  remove(uuid: string): Promise<void> {
    return this.#step(() => this.records.delete(uuid));
  }

  /** Nothing waits any more. */
  release(): void {
    this.held = false;
    while (this.#waiting.length > 0) this.endNewest();
  }

  /** Ends the newest step that waits. */
  endNewest(): void {
    this.#waiting.pop()?.();
  }

  async #step(work: () => unknown): Promise<void> {
    if (this.held) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    if (this.broken) throw new Error('ENOSPC: no space left on device');
    work();
  }
}

/** A control plane whose pollers, looks at sources and store are in the hands of a test. */
export function planeWorld() {
  const clock = new VirtualClock();
  const journal = new Journal(clock);
  const board = new StatusBoard([]);
  journal.subscribe(board.read);
  const store = new FakeStore();
  const deliveries: { readonly mapping: EventSourceMapping; readonly delivery: FakeDelivery }[] = [];
  const looks: (() => void)[] = [];
  const held = { looks: false };
  let uuids = 0;
  const control = createMappingControl({
    clock,
    random: { next: () => 0, uuid: () => `00000000-0000-4000-8000-${String(++uuids).padStart(12, '0')}` },
    journal,
    board,
    world: () => ({ ...world, functions: new Map([...world.functions, ['long', { qualifiers: new Set() }]]) }),
    deliver: (mapping) => {
      const delivery = new FakeDelivery();
      deliveries.push({ mapping, delivery });
      return Promise.resolve(delivery);
    },
    admit: () => undefined,
    probe: async () => {
      if (held.looks) await new Promise<void>((resolve) => looks.push(resolve));
      return undefined;
    },
    store,
  });
  const { api: plane, file, tags, registry } = control;
  const create = async (parameters: object): Promise<string> => String((await plane.create(parameters))['UUID']);
  const deliveriesOf = (uuid: string): readonly FakeDelivery[] =>
    deliveries.flatMap(({ mapping, delivery }) => (mapping.uuid === uuid ? [delivery] : []));
  return {
    plane,
    file,
    tags,
    registry,
    arnOf: (uuid: string) => String(plane.get(uuid)['EventSourceMappingArn']),
    stop: () => control.stop(),
    store,
    /** Looks at sources wait until they are let through. */
    holdLooks: () => (held.looks = true),
    endLooks: () => looks.splice(0).forEach((end) => end()),
    deliveriesOf,
    /** The deliveries of a mapping that read its source now. */
    running: (uuid: string) => deliveriesOf(uuid).filter(({ started, ended }) => started && ended === undefined),
    status: (uuid: string) => board.mappings().find((row) => row.uuid === uuid),
    /** A mapping that waits for its source. */
    create,
    /** A mapping that is polled. */
    enabled: async (parameters: object): Promise<string> => {
      const uuid = await create(parameters);
      await settle();
      deliveriesOf(uuid).at(-1)?.poller('polling');
      await settle();
      return uuid;
    },
  };
}
