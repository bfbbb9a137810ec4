import {
  CreateBucketCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  S3Client,
  type GetObjectCommandOutput,
} from '@aws-sdk/client-s3';
import { CreateTopicCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import type { DestinationRef, DestinationReach } from '../../src/destinations/reach.js';
import { systemRandom } from '../../src/platform/random.js';
import { startTestSqs, type TestSqs } from '../support/embedded-sqs.js';

const account = '000000000000';
const local = { region: 'us-east-1', credentials: { accessKeyId: 'x', secretAccessKey: 'x' } };

/** The server of queues with its topics and buckets. */
export interface TestAws extends TestSqs {
  createTopic(name: string): Promise<void>;
  /** Raw: a subscriber gets the message as it was published, and not the notification around it. */
  subscribe(topic: string, queue: string, raw: boolean): Promise<void>;
  createBucket(name: string): Promise<void>;
  keys(bucket: string): Promise<readonly string[]>;
  object(bucket: string, key: string): Promise<GetObjectCommandOutput>;
}

export async function startTestAws(port = 0): Promise<TestAws> {
  const sqs = await startTestSqs(port);
  const sns = new SNSClient({ endpoint: sqs.url, ...local });
  const s3 = new S3Client({ endpoint: sqs.url, ...local, forcePathStyle: true });
  return {
    ...sqs,
    createTopic: async (Name) => void (await sns.send(new CreateTopicCommand({ Name }))),
    subscribe: async (topic, queue, raw) => {
      await sns.send(
        new SubscribeCommand({
          TopicArn: destinationRef('sns', topic).arn,
          Protocol: 'sqs',
          Endpoint: destinationRef('sqs', queue).arn,
          Attributes: { RawMessageDelivery: String(raw) },
        }),
      );
    },
    createBucket: async (Bucket) => void (await s3.send(new CreateBucketCommand({ Bucket }))),
    keys: async (Bucket) => {
      const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket }));
      return Contents.map(({ Key = '' }) => Key);
    },
    object: (Bucket, Key) => s3.send(new GetObjectCommand({ Bucket, Key })),
    close: async () => {
      sns.destroy();
      s3.destroy();
      await sqs.close();
    },
  };
}

export function destinationRef(kind: DestinationRef['kind'], name: string): DestinationRef {
  const place = kind === 's3' ? ':' : `us-east-1:${account}`;
  return { kind, arn: `arn:aws:${kind}:${place}:${name}`, name };
}

export function reachOf(endpoint: string): DestinationReach {
  return { endpoint, ...local, account: undefined, random: systemRandom };
}
