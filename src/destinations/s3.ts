import type { S3Client } from '@aws-sdk/client-s3';
import type { DestinationDescription } from '../contracts/destination-description.js';
import type { FailureDestination, FailureReport } from '../contracts/failure-destination.js';
import type { Random } from '../platform/random.js';
import { LazyClient } from './lazy-client.js';
import { clientOptions, type DestinationReach, type DestinationRef } from './reach.js';

/** Loaded when the first batch is given up. */
const loadS3Sdk = (): Promise<typeof import('@aws-sdk/client-s3')> => import('@aws-sdk/client-s3');

const words = { service: 'S3', endpoint: 's3', permissions: ['s3:PutObject'] };
/** An object holds up to 6 MB of records, which may take a while over a slow line. */
const answerMs = 20_000;

/** Buckets of S3. */
export const s3: DestinationDescription = {
  kind: 's3',
  noun: 'bucket',
  taken: 'an S3 bucket',
  form: 'arn:aws:s3:::<bucket>',
  isPlaced: false,
  names: /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/,
};

/** A bucket that gets an object for each batch that was given up: the document, and the event with its records. */
export class S3Destination implements FailureDestination {
  readonly label: string;
  readonly arn: string;
  readonly #bucket: string;
  readonly #random: Random;
  readonly #client: LazyClient<S3Client>;
  /** A report that is delivered again, because its answer was lost, replaces its object. */
  readonly #keys = new WeakMap<FailureReport, string>();

  constructor({ arn, name }: DestinationRef, reach: DestinationReach) {
    this.label = `${s3.noun} ${name}`;
    this.arn = arn;
    this.#bucket = name;
    this.#random = reach.random;
    this.#client = new LazyClient(() => createClient(reach), reach, words);
  }

  async deliver(report: FailureReport): Promise<void> {
    const Key = this.#keys.get(report) ?? objectKey(report, this.#random.uuid());
    this.#keys.set(report, Key);
    await this.#client.call(async (client) => {
      const { PutObjectCommand } = await loadS3Sdk();
      const Body = JSON.stringify({ ...report.document, payload: report.eventText });
      await client.send(new PutObjectCommand({ Bucket: this.#bucket, Key, Body, ContentType: 'application/json' }));
    });
  }

  async find(): Promise<void> {
    await this.#client.call(async (client) => {
      const { HeadBucketCommand } = await loadS3Sdk();
      await client.send(new HeadBucketCommand({ Bucket: this.#bucket }));
    });
  }

  close(): Promise<void> {
    return this.#client.close();
  }
}

/** `aws/lambda/<mapping>/<partition>/2025/11/25/2025-11-25T16.35.20-<uuid>`: the document's time, cut to seconds. */
function objectKey({ mapping, partition, document: { timestamp } }: FailureReport, uuid: string): string {
  const day = timestamp.slice(0, 'YYYY-MM-DD'.length);
  const second = timestamp.slice(0, 'YYYY-MM-DDTHH:MM:SS'.length);
  return `aws/lambda/${mapping}/${partition}/${day.replaceAll('-', '/')}/${second.replaceAll(':', '.')}-${uuid}`;
}

async function createClient(reach: DestinationReach): Promise<S3Client> {
  const { S3Client: Client } = await loadS3Sdk();
  return new Client({
    ...clientOptions(reach, answerMs),
    // Buckets are host names on AWS alone.
    forcePathStyle: reach.endpoint !== undefined,
    // Neither is needed to put an object, and not every local server knows them.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    expectContinueHeader: false,
  });
}
