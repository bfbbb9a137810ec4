import type { SQSClient } from '@aws-sdk/client-sqs';
import { serviceErrorKind } from '../aws/service-error.js';
import type { DestinationDescription } from '../contracts/destination-description.js';
import type { FailureDestination, FailureReport } from '../contracts/failure-destination.js';
import { LazyClient } from './lazy-client.js';
import { clientOptions, type DestinationReach, type DestinationRef } from './reach.js';

/** Loaded when the first batch is given up. */
const loadSqsSdk = (): Promise<typeof import('@aws-sdk/client-sqs')> => import('@aws-sdk/client-sqs');

const words = { service: 'SQS', endpoint: 'sqs', permissions: ['sqs:SendMessage', 'sqs:GetQueueUrl'] };

/** Queues of SQS. */
export const sqs: DestinationDescription = {
  kind: 'sqs',
  noun: 'queue',
  taken: 'a standard SQS queue',
  refusedFifo: 'queues',
  form: 'arn:aws:sqs:<region>:<account>:<queue>',
  isPlaced: true,
  names: /^[\w-]{1,80}$/,
};

/** A queue that gets the document of each batch that was given up as the body of a message. */
export class SqsDestination implements FailureDestination {
  readonly label: string;
  readonly arn: string;
  readonly #queue: string;
  readonly #account: string | undefined;
  readonly #client: LazyClient<SQSClient>;
  #queueUrl: string | undefined;

  constructor({ arn, name }: DestinationRef, reach: DestinationReach) {
    this.label = `${sqs.noun} ${name}`;
    this.arn = arn;
    this.#queue = name;
    this.#account = reach.account;
    this.#client = new LazyClient(() => createClient(reach), reach, words);
  }

  async deliver({ document }: FailureReport): Promise<void> {
    await this.#client.call(async (client) => {
      const { SendMessageCommand } = await loadSqsSdk();
      const QueueUrl = (this.#queueUrl ??= await this.#findQueue(client));
      try {
        await client.send(new SendMessageCommand({ QueueUrl, MessageBody: JSON.stringify(document) }));
      } catch (error) {
        // Whoever creates it again may do so under another URL.
        if (serviceErrorKind(error) === 'missing') this.#queueUrl = undefined;
        throw error;
      }
    });
  }

  async find(): Promise<void> {
    await this.#client.call(async (client) => {
      this.#queueUrl = await this.#findQueue(client);
    });
  }

  close(): Promise<void> {
    return this.#client.close();
  }

  async #findQueue(client: SQSClient): Promise<string | undefined> {
    const { GetQueueUrlCommand } = await loadSqsSdk();
    const owner = this.#account === undefined ? {} : { QueueOwnerAWSAccountId: this.#account };
    const { QueueUrl } = await client.send(new GetQueueUrlCommand({ QueueName: this.#queue, ...owner }));
    return QueueUrl;
  }
}

async function createClient(reach: DestinationReach): Promise<SQSClient> {
  const { SQSClient: Client } = await loadSqsSdk();
  // The digest in an answer proves nothing here, and local servers that compute it wrongly would get every document again.
  return new Client({ ...clientOptions(reach), md5: false });
}
