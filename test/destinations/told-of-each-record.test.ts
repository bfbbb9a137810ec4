import { describe, expect, it } from 'vitest';
import type { FailureDestination, FailureReport } from '../../src/contracts/failure-destination.js';
import { second, streamWorld } from '../delivery/stream/stream-world.js';

/** A topic in memory that gets a message for each record that was given up, under the key of the record. */
class KeyedTopic implements FailureDestination {
  readonly label = 'topic failures';
  readonly arn = 'memory://failures';
  readonly messages: { readonly key: string; readonly value: unknown; readonly condition: string }[] = [];

  async find(): Promise<void> {}

  async deliver({ records, document }: FailureReport): Promise<void> {
    const { condition } = document.requestContext;
    for (const { key, record } of records) this.messages.push({ key, value: JSON.parse(record), condition });
  }

  async close(): Promise<void> {}
}

describe('a destination that is told of each record by itself', () => {
  it('gets the records that were given up, in order, with their keys', async () => {
    const topic = new KeyedTopic();
    const world = streamWorld({ destination: 'told', maxRetries: 0 });
    world.worker.reply = () => 'throw';
    world.stream.write([
      { body: 'tea', key: 'ada' },
      { body: 'milk', key: 'bob' },
    ]);
    await world.start();
    await world.clock.advance(10 * second);
    await world.stop();
    for (const report of world.destination.reports) await topic.deliver(report);

    const condition = 'RetryAttemptsExhausted';
    expect(topic.messages).toMatchObject([
      { key: 'ada', value: { body: 'tea' }, condition },
      { key: 'bob', value: { body: 'milk' }, condition },
    ]);
  });
});
