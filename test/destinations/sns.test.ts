import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDestination } from '../../src/destinations/registry.js';
import { destinationRef, reachOf, startTestAws, type TestAws } from './embedded-aws.js';
import { failureReport } from './failure-report.js';

let aws: TestAws;
beforeAll(async () => {
  aws = await startTestAws();
});
afterAll(() => aws.close());

describe('a topic as a destination', () => {
  it('passes the document on, raw and wrapped, without subject and attributes', async () => {
    await aws.createTopic('failures');
    for (const queue of ['raw', 'wrapped']) {
      await aws.createQueue(queue);
      await aws.subscribe('failures', queue, queue === 'raw');
    }
    const { arn } = destinationRef('sns', 'failures');
    const destination = createDestination(destinationRef('sns', 'failures'), reachOf(aws.url));
    const report = failureReport();
    await destination.deliver(report);
    await destination.close();

    const text = JSON.stringify(report.document);
    const raw = await aws.receiveAll('raw');
    expect(raw.map(({ Body }) => Body)).toEqual([text]);
    expect(raw[0]).not.toHaveProperty('MessageAttributes');
    const [{ Body: wrapped = '' } = {}] = await aws.receiveAll('wrapped');
    const notification = JSON.parse(wrapped) as Readonly<Record<string, unknown>>;
    expect(notification).toMatchObject({ Type: 'Notification', TopicArn: arn, Message: text });
    // The embedded server has the keys, with nothing in them, where AWS leaves them out.
    expect(notification['Subject'] ?? undefined).toBeUndefined();
    expect(notification['MessageAttributes'] ?? {}).toEqual({});
  });
});
