import { describe, expect, it } from 'vitest';
import { queueArn } from '../mappings/mapping-world.js';
import { planeWorld, settle } from './plane-world.js';

const worker = { FunctionName: 'worker', EventSourceArn: queueArn };
const billing = { FunctionName: 'billing', EventSourceArn: queueArn };
const inUse = (operation: string) => ({
  code: 'ResourceInUseException',
  message: `Cannot ${operation} the event source mapping because it is in use.`,
});

const errorOf = (call: Promise<unknown>): Promise<unknown> => call.catch((error: unknown) => error);

describe('calls at the same time', () => {
  it('give every new mapping a name of its own', async () => {
    const { plane, holdLooks, endLooks, registry } = planeWorld();
    holdLooks();
    const made = [plane.create(worker), plane.create(billing)];
    await settle();
    endLooks();
    await Promise.all(made);
    expect(registry.all().map(({ ref }) => ref.name)).toEqual(['orders', 'billing/orders']);
  });

  it('cannot change two mappings into the same one', async () => {
    const { plane, enabled, holdLooks, endLooks } = planeWorld();
    const [one, other] = [await enabled(worker), await enabled(billing)];
    holdLooks();
    const first = plane.update(one, { FunctionName: 'long' });
    const second = plane.update(other, { FunctionName: 'long' });
    await expect(second).rejects.toMatchObject({ code: 'ResourceConflictException' });
    endLooks();
    await expect(first).resolves.toMatchObject({ State: 'Updating' });
  });

  it('cannot make a mapping that another is being changed into', async () => {
    const { plane, enabled, holdLooks, endLooks } = planeWorld();
    const uuid = await enabled(worker);
    holdLooks();
    const update = plane.update(uuid, { FunctionName: 'long' });
    await settle();
    await expect(plane.create({ ...worker, FunctionName: 'long' })).rejects.toMatchObject({
      code: 'ResourceConflictException',
    });
    endLooks();
    await update;
  });

  it('change one mapping in turn: an update that comes second finds it in use', async () => {
    const { plane, enabled, holdLooks, endLooks } = planeWorld();
    const uuid = await enabled(worker);
    holdLooks();
    const first = plane.update(uuid, { BatchSize: 3 });
    const second = plane.update(uuid, { BatchSize: 4 });
    const refused = errorOf(second);
    await settle();
    endLooks();
    await first;
    await settle();
    endLooks();
    expect(await refused).toMatchObject(inUse('update'));
    expect(plane.get(uuid)).toMatchObject({ BatchSize: 3 });
  });

  it('delete one mapping once', async () => {
    const { plane, enabled, deliveriesOf } = planeWorld();
    const uuid = await enabled(worker);
    const [first, second] = [plane.delete(uuid), plane.delete(uuid)];
    await expect(second).rejects.toMatchObject(inUse('delete'));
    await expect(first).resolves.toMatchObject({ State: 'Deleting' });
    deliveriesOf(uuid)[0]?.lastInvocationFinished();
    await settle();
    expect(() => plane.get(uuid)).toThrow('The resource you requested does not exist.');
  });

  it('set tags one after the other: none is lost', async () => {
    const { enabled, store, tags, arnOf } = planeWorld();
    const arn = arnOf(await enabled(worker));
    store.held = true;
    const added = [tags.add(arn, { Tags: { a: '1' } }), tags.add(arn, { Tags: { b: '2' } })];
    await settle();
    store.release();
    await Promise.all(added);
    expect(tags.list(arn)).toEqual({ a: '1', b: '2' });
  });

  it('leave no gap in the pages of a list, whichever mapping is stored first', async () => {
    const { plane, store } = planeWorld();
    store.held = true;
    const made = [plane.create(worker), plane.create(billing)];
    await settle();
    store.endNewest();
    await settle();
    store.endNewest();
    const uuids = (await Promise.all(made)).map(({ UUID }) => UUID);
    const first = plane.list({ MaxItems: '1' });
    const second = plane.list({ MaxItems: '1', Marker: first.NextMarker ?? '' });
    const listed = [...first.EventSourceMappings, ...second.EventSourceMappings];
    expect(listed.map(({ UUID }) => UUID)).toEqual(uuids);
    expect(second.NextMarker).toBeUndefined();
  });
});

describe('a state folder that cannot be written', () => {
  const refused = {
    code: 'ServiceException',
    message: 'The state folder of millrace cannot be written, so nothing was changed: ENOSPC: no space left on device',
  };

  it('keeps a mapping from being made, and lets it be made later', async () => {
    const { plane, store, registry } = planeWorld();
    store.broken = true;
    await expect(plane.create(worker)).rejects.toMatchObject(refused);
    expect(registry.all()).toEqual([]);
    store.broken = false;
    await expect(plane.create(worker)).resolves.toMatchObject({ State: 'Creating' });
  });

  it('leaves a mapping as it was: its parameters, its tags, and that there is one', async () => {
    const { plane, store, enabled, running, tags, arnOf } = planeWorld();
    const uuid = await enabled(worker);
    const before = plane.get(uuid);
    const arn = arnOf(uuid);
    store.broken = true;
    await expect(plane.update(uuid, { BatchSize: 3 })).rejects.toMatchObject(refused);
    await expect(tags.add(arn, { Tags: { a: '1' } })).rejects.toMatchObject(refused);
    await expect(plane.delete(uuid)).rejects.toMatchObject(refused);
    await settle();
    expect(plane.get(uuid)).toEqual(before);
    expect(tags.list(arn)).toEqual({});
    expect(running(uuid)).toHaveLength(1);
  });
});

describe('what is stored', () => {
  it('is what was answered last, also when polling begins at that moment', async () => {
    const { plane, store, create, deliveriesOf } = planeWorld();
    const uuid = await create({ ...worker, Enabled: false });
    await plane.update(uuid, { Enabled: true });
    await settle();
    store.held = true;
    const update = plane.update(uuid, { BatchSize: 3 });
    await settle();
    deliveriesOf(uuid).at(-1)?.poller('polling');
    store.release();
    await update;
    await settle();
    expect(store.records.get(uuid)).toMatchObject({ begun: true, request: { BatchSize: 3 } });
  });

  it('is nothing of a mapping whose polling begins while it is deleted', async () => {
    const { plane, store, create, deliveriesOf } = planeWorld();
    const uuid = await create(worker);
    await settle();
    store.held = true;
    const deleted = plane.delete(uuid);
    await settle();
    deliveriesOf(uuid)[0]?.poller('polling');
    store.release();
    await deleted;
    await settle();
    expect([...store.records]).toEqual([]);
  });
});

describe('a stop', () => {
  it('refuses what is being made, and starts nothing any more', async () => {
    const { plane, store, holdLooks, endLooks, stop } = planeWorld();
    holdLooks();
    const made = plane.create(worker);
    const refused = errorOf(made);
    await settle();
    const stopped = stop();
    endLooks();
    expect(await refused).toMatchObject({ code: 'ServiceException', message: 'millrace is stopping.' });
    await stopped;
    expect([...store.records]).toEqual([]);
    await expect(plane.create(worker)).rejects.toMatchObject({ message: 'millrace is stopping.' });
  });

  it('does not start what has been stored by then', async () => {
    const { store, create, deliveriesOf, stop } = planeWorld();
    store.held = true;
    const made = create(worker);
    await settle();
    const stopped = stop();
    store.endNewest();
    const uuid = await made;
    await stopped;
    await settle();
    expect(deliveriesOf(uuid)).toEqual([]);
    expect(store.records.has(uuid)).toBe(true);
  });
});
