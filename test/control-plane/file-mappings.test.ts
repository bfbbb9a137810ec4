import { describe, expect, it } from 'vitest';
import { mappingWith, queueArn, streamWith } from '../mappings/mapping-world.js';
import { planeWorld, settle } from './plane-world.js';

const worker = { FunctionName: 'worker', EventSourceArn: queueArn };

/** As it stands in a configuration file. */
const inFile = (over: object = {}) => mappingWith({ ...worker, ...over });

describe('a mapping of the file that was made over the API as well', () => {
  it('takes its place as soon as it is in the file, and leaves it again', async () => {
    const { registry, file, enabled, running, status } = planeWorld();
    await file.begin([], []);
    const uuid = await enabled(worker);
    const former = running(uuid)[0];
    former?.lastInvocationFinished();

    await file.reload([inFile()]);
    await settle();
    expect(running(uuid)).toEqual([]);
    expect(status(uuid)).toMatchObject({
      state: 'refused',
      reason:
        'the configuration file has the same mapping (worker/orders); delete this one, which was made over the API',
    });
    const own = inFile().uuid;
    expect(running(own)).toHaveLength(1);

    const reloaded = file.reload([]);
    await settle();
    expect(running(uuid)).toHaveLength(1);
    running(own)[0]?.lastInvocationFinished();
    await reloaded;
    expect(registry.all().map(({ ref }) => ref.uuid)).toEqual([uuid]);
  });
});

describe('a mapping of the file', () => {
  it('is not disturbed by a change of something else, its tags notwithstanding', async () => {
    const { plane, file, deliveriesOf } = planeWorld();
    const tagged = inFile({ Tags: { team: 'a' } });
    await file.begin([tagged], []);
    deliveriesOf(tagged.uuid)[0]?.poller('polling');
    await file.reload([tagged, inFile({ FunctionName: 'billing' })]);
    expect(plane.get(tagged.uuid)).toMatchObject({ State: 'Enabled' });
  });

  it('that is being deleted over the API is made anew when it is changed in the file', async () => {
    const { plane, file, deliveriesOf, running } = planeWorld();
    const { uuid } = inFile();
    await file.begin([inFile()], []);
    await plane.delete(uuid);
    const reloaded = file.reload([inFile({ BatchSize: 3 })]);
    await settle();
    expect(plane.get(uuid)).toMatchObject({ State: 'Deleting' });
    deliveriesOf(uuid)[0]?.lastInvocationFinished();
    await reloaded;
    expect(plane.get(uuid)).toMatchObject({ State: 'Creating', BatchSize: 3 });
    expect(running(uuid)).toHaveLength(1);
  });

  it('that names a table can be changed over the API, which could not have made it', async () => {
    const { plane, file, deliveriesOf } = planeWorld();
    const table = 'arn:aws:dynamodb:us-east-1:111111111111:table/items';
    const mapping = streamWith({ EventSourceArn: table, StartingPosition: 'LATEST' });
    await file.begin([mapping], []);
    deliveriesOf(mapping.uuid)[0]?.poller('polling');
    expect(await plane.update(mapping.uuid, { BatchSize: 5 })).toMatchObject({ BatchSize: 5, EventSourceArn: table });
    await expect(plane.create({ FunctionName: 'billing', EventSourceArn: table })).rejects.toThrow(
      'Unrecognized event source.',
    );
  });
});
