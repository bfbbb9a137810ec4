import type { DestinationDescription } from '../contracts/destination-description.js';
import { parseArn, type Arn } from './arn.js';
import type { DestinationRef } from './event-source-mapping.js';

/** What a `Destination` names. The ARN of a bucket has neither region nor account: they are empty here. */
type DestinationArn =
  | { readonly kind: 'none' }
  | { readonly kind: 'destination'; readonly destination: DestinationRef }
  /** `because` completes a sentence that starts with the name of the parameter. */
  | { readonly kind: 'refused'; readonly because: string };

const fifo = '.fifo';

/** Reads where failures are reported; an empty text is AWS's way to say nowhere. */
export function parseDestination(text: string, known: readonly DestinationDescription[]): DestinationArn {
  if (text === '') return { kind: 'none' };
  const arn = parseArn(text);
  const service = text.split(':')[2];
  const description = known.find(({ kind }) => kind === service);
  if (description === undefined) return refused(unknown(text, known));
  const { kind, refusedFifo, form } = description;
  if (arn?.resource.endsWith(fifo) === true && refusedFifo !== undefined) {
    return refused(`must be ${possible(known)}: AWS takes no FIFO ${refusedFifo} as destinations`);
  }
  if (arn === undefined || !isWellFormed(arn, description)) return refused(`must have the form ${form}`);
  const { region, account, resource: name } = arn;
  return { kind: 'destination', destination: { kind, arn: text, region, account, name } };
}

/** What to say of a text that is no `Destination` at all. */
export function malformedDestination(text: string, known: readonly DestinationDescription[]): string {
  const found = parseDestination(text, known);
  return found.kind !== 'refused' || text.startsWith('kafka://') ? 'must have the form kafka://<topic>' : found.because;
}

function isWellFormed(
  { partition, region, account, resource }: Arn,
  { isPlaced, names }: DestinationDescription,
): boolean {
  const fits = isPlaced ? region !== '' && account !== '' : region === '' && account === '';
  return partition !== 'millrace' && fits && names.test(resource);
}

/** `the ARN of a standard SQS queue, a standard SNS topic or an S3 bucket`. */
function possible(known: readonly DestinationDescription[]): string {
  const taken = known.map((each) => each.taken);
  return `the ARN of ${taken.slice(0, -1).join(', ')} or ${taken.at(-1) ?? ''}`;
}

function unknown(text: string, known: readonly DestinationDescription[]): string {
  const hint = text.startsWith('kafka://') ? '; topics of Kafka are destinations of Kafka mappings only' : '';
  return `must be ${possible(known)}${hint}`;
}

function refused(because: string): DestinationArn {
  return { kind: 'refused', because };
}
