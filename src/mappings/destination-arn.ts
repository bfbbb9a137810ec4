import { parseArn, type Arn } from './arn.js';
import type { DestinationRef } from './event-source-mapping.js';

/** What a `Destination` names. The ARN of a bucket has neither region nor account: they are empty here. */
export type DestinationArn =
  | { readonly kind: 'none' }
  | { readonly kind: 'destination'; readonly destination: DestinationRef }
  /** `because` completes a sentence that starts with the name of the parameter. */
  | { readonly kind: 'refused'; readonly because: string };

const possible = 'the ARN of a standard SQS queue, a standard SNS topic or an S3 bucket';
const fifo = '.fifo';

const names: Record<DestinationRef['kind'], RegExp> = {
  sqs: /^[\w-]{1,80}$/,
  sns: /^[\w-]{1,256}$/,
  s3: /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/,
};

const forms: Record<DestinationRef['kind'], string> = {
  sqs: 'arn:aws:sqs:<region>:<account>:<queue>',
  sns: 'arn:aws:sns:<region>:<account>:<topic>',
  s3: 'arn:aws:s3:::<bucket>',
};

/** Reads where failures are reported; an empty text is AWS's way to say nowhere. */
export function parseDestination(text: string): DestinationArn {
  if (text === '') return { kind: 'none' };
  const arn = parseArn(text);
  const kind = kindOf(text.split(':')[2]);
  if (kind === undefined) return refused(unknown(text));
  if (arn?.resource.endsWith(fifo) === true && kind !== 's3') {
    return refused(`must be ${possible}: AWS takes no FIFO ${kind === 'sqs' ? 'queues' : 'topics'} as destinations`);
  }
  if (arn === undefined || !isWellFormed(arn, kind)) return refused(`must have the form ${forms[kind]}`);
  const { region, account, resource: name } = arn;
  return { kind: 'destination', destination: { kind, arn: text, region, account, name } };
}

function isWellFormed({ partition, region, account, resource }: Arn, kind: DestinationRef['kind']): boolean {
  const isPlaced = kind === 's3' ? region === '' && account === '' : region !== '' && account !== '';
  return partition !== 'millrace' && isPlaced && names[kind].test(resource);
}

function kindOf(service: string | undefined): DestinationRef['kind'] | undefined {
  return service === 'sqs' || service === 'sns' || service === 's3' ? service : undefined;
}

function unknown(text: string): string {
  const hint = text.startsWith('kafka://') ? '; topics of Kafka are destinations of Kafka mappings only' : '';
  return `must be ${possible}${hint}`;
}

function refused(because: string): DestinationArn {
  return { kind: 'refused', because };
}
