import type { SNSClient } from '@aws-sdk/client-sns';
import type { DestinationDescription } from '../contracts/destination-description.js';
import type { FailureDestination, FailureReport } from '../contracts/failure-destination.js';
import { LazyClient } from './lazy-client.js';
import { clientOptions, type DestinationReach, type DestinationRef } from './reach.js';

/** Loaded when the first batch is given up. */
const loadSnsSdk = (): Promise<typeof import('@aws-sdk/client-sns')> => import('@aws-sdk/client-sns');

const words = { service: 'SNS', endpoint: 'sns', permissions: ['sns:Publish'] };

/** Topics of SNS. */
export const sns: DestinationDescription = {
  kind: 'sns',
  noun: 'topic',
  taken: 'a standard SNS topic',
  refusedFifo: 'topics',
  form: 'arn:aws:sns:<region>:<account>:<topic>',
  isPlaced: true,
  names: /^[\w-]{1,256}$/,
};

/** A topic that gets the document of each batch that was given up, without subject and attributes, as AWS does it. */
export class SnsDestination implements FailureDestination {
  readonly label: string;
  readonly arn: string;
  readonly #client: LazyClient<SNSClient>;

  constructor({ arn, name }: DestinationRef, reach: DestinationReach) {
    this.label = `${sns.noun} ${name}`;
    this.arn = arn;
    this.#client = new LazyClient(() => createClient(reach), reach, words);
  }

  async deliver({ document }: FailureReport): Promise<void> {
    await this.#client.call(async (client) => {
      const { PublishCommand } = await loadSnsSdk();
      await client.send(new PublishCommand({ TopicArn: this.arn, Message: JSON.stringify(document) }));
    });
  }

  async find(): Promise<void> {
    await this.#client.call(async (client) => {
      const { GetTopicAttributesCommand } = await loadSnsSdk();
      await client.send(new GetTopicAttributesCommand({ TopicArn: this.arn }));
    });
  }

  close(): Promise<void> {
    return this.#client.close();
  }
}

async function createClient(reach: DestinationReach): Promise<SNSClient> {
  const { SNSClient: Client } = await loadSnsSdk();
  return new Client(clientOptions(reach));
}
