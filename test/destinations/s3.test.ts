import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { FailureDestination } from '../../src/contracts/failure-destination.js';
import { createDestination } from '../../src/destinations/registry.js';
import { destinationRef, reachOf, startTestAws, type TestAws } from './embedded-aws.js';
import { failureReport } from './failure-report.js';

let aws: TestAws;
beforeAll(async () => {
  aws = await startTestAws();
});
afterAll(() => aws.close());

const opened: FailureDestination[] = [];
afterEach(async () => {
  for (const each of opened.splice(0)) await each.close();
});

let drawn = 0;
const random = { next: () => 0, uuid: () => `uuid-${++drawn}` };

async function openBucket(name: string): Promise<FailureDestination> {
  await aws.createBucket(name);
  const destination = createDestination(destinationRef('s3', name), { ...reachOf(aws.url), random });
  opened.push(destination);
  return destination;
}

async function content(bucket: string): Promise<string> {
  const [key = ''] = await aws.keys(bucket);
  const { Body } = await aws.object(bucket, key);
  return (await Body?.transformToString()) ?? '';
}

describe('a bucket as a destination', () => {
  it('gets an object whose key tells mapping, shard, day and second', async () => {
    drawn = 0;
    const destination = await openBucket('keys');
    await destination.deliver(failureReport());
    expect(await aws.keys('keys')).toEqual([
      'aws/lambda/6b8f1a52-6a53-4c0a-9d8f-0c3f2b1f7a10/shardId-000000000003/2025/11/25/2025-11-25T06.05.09-uuid-1',
    ]);
  });

  it('holds the document and, as text, the event with every character of it', async () => {
    const destination = await openBucket('contents');
    const report = failureReport();
    await destination.deliver(report);
    const text = await content('contents');
    const { payload, ...document } = JSON.parse(text) as Readonly<Record<string, unknown>>;
    expect(document).toEqual(report.document);
    expect(payload).toBe(report.eventText);
    expect(text.startsWith('{"requestContext":')).toBe(true);
    const [key = ''] = await aws.keys('contents');
    expect((await aws.object('contents', key)).ContentType).toBe('application/json');
  });

  it('gets one object for a report that is delivered twice, and another one for another report', async () => {
    const destination = await openBucket('again');
    const report = failureReport();
    await destination.deliver(report);
    await destination.deliver(report);
    expect(await aws.keys('again')).toHaveLength(1);
    await destination.deliver(failureReport());
    expect(await aws.keys('again')).toHaveLength(2);
  });

  it('takes the largest batch there is', async () => {
    const destination = await openBucket('large');
    // Many quotation marks, as in JSON within JSON: they take twice the place in the object.
    const eventText = `{"Records":["${'\\"a'.repeat(2 * 1_024 * 1_024 - 16)}"]}`;
    await destination.deliver({ ...failureReport(), eventText });
    const { payload } = JSON.parse(await content('large')) as { readonly payload: string };
    expect(payload.length).toBe(eventText.length);
    expect(payload === eventText).toBe(true);
  });
});
