import { MillraceError } from '../platform/millrace-error.js';
import { credentials } from './credentials.js';
import type { TopicSpec } from './destinations.js';

/** Creates the topics that do not exist yet. */
export async function ensureTopics(url: string, topics: readonly TopicSpec[]): Promise<void> {
  if (topics.length === 0) return;
  const { CreateTopicCommand, SNSClient } = await import('@aws-sdk/client-sns');
  for (const { arn, name, region } of topics) {
    const client = new SNSClient({ endpoint: url, region, credentials });
    try {
      const { TopicArn } = await client.send(new CreateTopicCommand({ Name: name }));
      if (TopicArn !== arn) throw otherAccount(arn, TopicArn);
    } finally {
      client.destroy();
    }
  }
}

/** Topics are found by their whole ARN, unlike queues: every report would fail. */
function otherAccount(arn: string, created: string | undefined): MillraceError {
  return new MillraceError(
    'CONFIGURATION_INVALID',
    `the embedded server knows one account only, so that ${arn} cannot exist there; write ${created} for the destination, or give the URL of another server in endpoints.sns`,
  );
}
