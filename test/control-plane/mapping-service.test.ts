import { describe, expect, it } from 'vitest';
import { MappingService, type Target } from '../../src/control-plane/mapping-service.js';
import type { MappingState } from '../../src/journal/events.js';
import { Journal } from '../../src/journal/journal.js';
import type { JournalEntry } from '../../src/journal/events.js';
import { FakeDelivery } from '../fakes/fake-delivery.js';
import { VirtualClock } from '../fakes/virtual-clock.js';
import { mappingWith } from '../mappings/mapping-world.js';

const disabled: Target = { kind: 'disabled', because: 'Enabled is false' };
const impossible: Target = { kind: 'impossible', because: 'function worker is gone' };
const deliver = (over = {}): Target => ({ kind: 'deliver', mapping: mappingWith(over) });

/** `opening`: when sources let themselves be opened. */
function serviceIn(state: MappingState, opening: Promise<void> = Promise.resolve()) {
  const deliveries: FakeDelivery[] = [];
  const opened: unknown[] = [];
  const entries: JournalEntry[] = [];
  const settled: MappingState[] = [];
  const journal = new Journal(new VirtualClock());
  journal.subscribe((entry) => entries.push(entry));
  const parts = {
    mapping: { uuid: 'u-1', name: 'orders' },
    journal,
    deliver: (mapping: unknown) => {
      opened.push(mapping);
      const delivery = new FakeDelivery();
      deliveries.push(delivery);
      return opening.then(() => delivery);
    },
    differs: () => [],
    settled: (reached: MappingState) => settled.push(reached),
  };
  const service = new MappingService(parts, state);
  const last = (): FakeDelivery => {
    const delivery = deliveries.at(-1);
    if (delivery === undefined) throw new Error('nothing is delivered');
    return delivery;
  };
  return { service, deliveries, opened, entries, settled, last };
}

function gate() {
  let open: (() => void) | undefined;
  const passed = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { passed, open: () => open?.() };
}

/** Lets everything happen that waits for nothing. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
}

async function enabled() {
  const world = serviceIn('Creating');
  await world.service.begin(deliver());
  world.last().poller('polling');
  return world;
}

describe('a mapping that is made', () => {
  it('is Creating until polling has begun, and then Enabled', async () => {
    const { service, last, settled } = serviceIn('Creating');
    await service.begin(deliver());
    expect(last().started).toBe('loaded');
    last().poller('starting');
    last().poller('waiting');
    expect(service.state).toBe('Creating');
    last().poller('polling');
    expect(service.state).toBe('Enabled');
    expect(settled).toEqual(['Enabled']);
  });

  it('is not started any more, but closed, when the runtime stops while its source is being opened', async () => {
    const opening = gate();
    const { service, last } = serviceIn('Creating', opening.passed);
    const begun = service.begin(deliver());
    const stopped = service.stop();
    await settle();
    opening.open();
    await Promise.all([begun, stopped]);
    expect(last()).toMatchObject({ started: undefined, ended: 'stopped' });
  });

  it('is changed after it has begun: there is one delivery at a time', async () => {
    const opening = gate();
    const { service, deliveries } = serviceIn('Creating', opening.passed);
    const begun = service.begin(deliver());
    const changed = service.change(deliver({ BatchSize: 5 }), 'Updating', 'changed');
    await settle();
    expect(deliveries).toHaveLength(1);
    opening.open();
    await begun;
    deliveries[0]?.lastInvocationFinished();
    await changed;
    expect(deliveries.map(({ ended }) => ended)).toEqual(['finished', undefined]);
  });

  it('is Disabled at once when it is not enabled, and nothing is opened', async () => {
    const { service, deliveries, entries } = serviceIn('Disabled');
    await service.begin(disabled);
    expect(service.state).toBe('Disabled');
    expect(deliveries).toEqual([]);
    expect(entries).toMatchObject([{ type: 'state-changed', state: 'disabled', because: 'Enabled is false' }]);
  });

  it('stays Creating, with the reason in its poller, when it cannot be run', async () => {
    const { service } = serviceIn('Creating');
    await service.begin(impossible);
    expect(service.state).toBe('Creating');
    expect(service.status).toMatchObject({ state: 'refused', because: 'function worker is gone' });
  });
});

describe('a mapping that is enabled', () => {
  it.each(['waiting', 'refused', 'polling'] as const)('stays so when its poller is %s', async (poller) => {
    const { service, last } = await enabled();
    last().poller(poller);
    expect(service.state).toBe('Enabled');
  });

  it('is Disabling until the last invocation has finished, and then Disabled', async () => {
    const { service, last } = await enabled();
    const done = service.change(disabled, 'Disabling', 'Enabled changed over the API');
    await settle();
    expect(service.state).toBe('Disabling');
    last().lastInvocationFinished();
    await done;
    expect(service.state).toBe('Disabled');
    expect(last().ended).toBe('finished');
    expect(service.isDelivering).toBe(false);
  });

  it('is Updating until the new settings are in effect; the old delivery ends before the new one is opened', async () => {
    const { service, deliveries, last, opened } = await enabled();
    const [old] = deliveries;
    const done = service.change(deliver({ BatchSize: 5 }), 'Updating', 'BatchSize changed over the API');
    await settle();
    expect(deliveries).toHaveLength(1);
    expect(service.state).toBe('Updating');
    old?.lastInvocationFinished();
    await done;
    expect(opened).toMatchObject([{ batchSize: 10 }, { batchSize: 5 }]);
    expect(service.state).toBe('Updating');
    last().poller('polling');
    expect(service.state).toBe('Enabled');
  });

  it.each(['waiting', 'refused'] as const)(
    'is Enabled again after an update although its source is gone: %s',
    async (poller) => {
      const { service, last } = await enabled();
      last().lastInvocationFinished();
      await service.change(deliver({ BatchSize: 5 }), 'Updating', 'changed');
      last().poller(poller);
      expect(service.state).toBe('Enabled');
    },
  );

  it('is not Enabled by what its former poller says', async () => {
    const { service, deliveries, last } = await enabled();
    const done = service.change(deliver({ BatchSize: 5 }), 'Updating', 'BatchSize changed over the API');
    deliveries[0]?.poller('waiting');
    expect(service.state).toBe('Updating');
    deliveries[0]?.lastInvocationFinished();
    await done;
    deliveries[0]?.poller('polling');
    expect(service.state).toBe('Updating');
    last().poller('polling');
    expect(service.state).toBe('Enabled');
  });

  it('is Deleting until the last invocation has finished, and then gone', async () => {
    const { service, last, entries } = await enabled();
    const gone = service.remove('deleted over the API');
    await settle();
    expect(service.state).toBe('Deleting');
    last().lastInvocationFinished();
    await gone;
    expect(entries.at(-1)).toMatchObject({ type: 'mapping-changed', state: 'Deleted' });
  });

  it('stays Deleting while its poller stops', async () => {
    const { service, last } = await enabled();
    const gone = service.remove('deleted over the API');
    last().poller('stopping');
    expect(service.state).toBe('Deleting');
    last().lastInvocationFinished();
    await gone;
  });
});

describe('a mapping that is disabled', () => {
  it('is polled at once, whether or not the code of its function has loaded', async () => {
    const { service, last } = serviceIn('Disabled');
    await service.begin(disabled);
    await service.change(deliver(), 'Enabling', 'Enabled changed over the API');
    expect(last().started).toBe('now');
  });

  it('is Enabling until polling has begun', async () => {
    const { service, last } = serviceIn('Disabled');
    await service.begin(disabled);
    await service.change(deliver(), 'Enabling', 'Enabled changed over the API');
    last().poller('waiting');
    expect(service.state).toBe('Enabling');
    last().poller('polling');
    expect(service.state).toBe('Enabled');
  });

  it('is Disabled again after an update of something else', async () => {
    const { service } = serviceIn('Disabled');
    await service.begin(disabled);
    await service.change(disabled, 'Updating', 'BatchSize changed over the API');
    expect(service.state).toBe('Disabled');
  });

  it('is idle, and not waited for', async () => {
    const { service } = serviceIn('Disabled');
    await service.begin(disabled);
    expect(await service.isDrained()).toBe(true);
    expect(service.isEnabled).toBe(false);
  });
});

describe('changes that come quickly', () => {
  it('are carried out one after the other', async () => {
    const { service, deliveries, opened } = await enabled();
    deliveries[0]?.lastInvocationFinished();
    const first = service.change(deliver({ BatchSize: 5 }), 'Updating', 'one');
    const second = service.change(deliver({ BatchSize: 6 }), 'Updating', 'another');
    await first;
    expect(opened).toHaveLength(2);
    deliveries[1]?.lastInvocationFinished();
    await second;
    expect(opened).toMatchObject([{ batchSize: 10 }, { batchSize: 5 }, { batchSize: 6 }]);
    expect(deliveries.map(({ ended }) => ended)).toEqual(['finished', 'finished', undefined]);
  });

  it('leave nothing running when a deletion comes before the delivery was opened', async () => {
    const { service, deliveries } = serviceIn('Creating');
    void service.change(deliver(), 'Creating', 'created over the API');
    await service.remove('deleted over the API');
    expect(deliveries.filter(({ started, ended }) => started && ended === undefined)).toEqual([]);
  });

  it('are not idle in between', async () => {
    const { service, last } = await enabled();
    void service.change(deliver(), 'Updating', 'changed');
    expect(await service.isDrained()).toBe(false);
    last().lastInvocationFinished();
  });
});

describe('a stop', () => {
  it('turns a change that waits for an invocation into a stop', async () => {
    const { service, last, deliveries } = await enabled();
    void service.change(deliver({ BatchSize: 5 }), 'Updating', 'changed');
    await settle();
    await service.stop();
    expect(last().ended).toBe('stopped');
    expect(deliveries.filter(({ started }) => started)).toHaveLength(1);
  });

  it('ends what a change has just opened', async () => {
    const { service, deliveries } = serviceIn('Creating');
    void service.change(deliver(), 'Creating', 'created over the API');
    await service.stop();
    expect(deliveries.filter(({ ended }) => ended === undefined)).toEqual([]);
  });
});

describe('what cannot be opened', () => {
  it('is a state with a reason, and can be changed again', async () => {
    const { service, deliveries } = serviceIn('Creating');
    const failing = new MappingService(
      {
        mapping: { uuid: 'u-1', name: 'orders' },
        journal: new Journal(new VirtualClock()),
        deliver: () => Promise.reject(new Error('source lines could not open it')),
        differs: () => [],
        settled: () => {},
      },
      'Creating',
    );
    await failing.change(deliver(), 'Creating', 'created over the API');
    expect(failing.status).toMatchObject({ state: 'refused', because: 'source lines could not open it' });
    await expect(failing.begin(deliver())).rejects.toThrow('source lines could not open it');
    await service.change(deliver(), 'Creating', 'created over the API');
    expect(deliveries).toHaveLength(1);
  });
});
