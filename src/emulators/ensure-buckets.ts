import { credentials } from './credentials.js';

/** Creates the buckets that do not exist yet; those that do keep what is in them. */
export async function ensureBuckets(url: string, names: readonly string[]): Promise<void> {
  if (names.length === 0) return;
  const { CreateBucketCommand, S3Client } = await import('@aws-sdk/client-s3');
  const client = new S3Client({ endpoint: url, region: 'us-east-1', credentials, forcePathStyle: true });
  try {
    for (const Bucket of names) await client.send(new CreateBucketCommand({ Bucket }));
  } finally {
    client.destroy();
  }
}
