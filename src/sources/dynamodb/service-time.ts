import type { DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';
import { loadStreamsSdk } from './client.js';
import type { ShardPlace } from './shard-cursor.js';

/** The `Date` of an answer is a header, which the SDK keeps to itself. */
interface Answer {
  readonly response?: { readonly headers?: Readonly<Record<string, string | undefined>> };
}

/**
 * What time it is for the service that stamps the records, in milliseconds since the epoch, cut to the second; undefined
 * when it does not tell. Asks for an iterator, the cheapest of its calls, which also shows that the shard is there.
 */
export async function timeOfService(
  client: DynamoDBStreamsClient,
  { streamArn, shard }: ShardPlace,
): Promise<number | undefined> {
  const { GetShardIteratorCommand } = await loadStreamsSdk();
  const command = new GetShardIteratorCommand({ StreamArn: streamArn, ShardId: shard, ShardIteratorType: 'LATEST' });
  let date: string | undefined;
  command.middlewareStack.add(
    (next) => async (call) => {
      const result = await next(call);
      date = (result as Answer).response?.headers?.['date'];
      return result;
    },
    { step: 'deserialize', name: 'millraceServiceTime' },
  );
  // With options, even empty ones, the client does not keep this command's middleware for the next.
  await client.send(command, {});
  const ms = Date.parse(date ?? '');
  return Number.isNaN(ms) ? undefined : ms;
}
