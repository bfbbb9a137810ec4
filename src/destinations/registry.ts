import type { DestinationDescription, DestinationKind } from '../contracts/destination-description.js';
import type { FailureDestination } from '../contracts/failure-destination.js';
import type { DestinationReach, DestinationRef } from './reach.js';
import { s3, S3Destination } from './s3.js';
import { sns, SnsDestination } from './sns.js';
import { sqs, SqsDestination } from './sqs.js';

interface KindOfDestination {
  readonly description: DestinationDescription;
  /** Neither loads nor connects anything: most mappings never give a batch up. */
  readonly open: (ref: DestinationRef, reach: DestinationReach) => FailureDestination;
}

/** Where mappings can report what was given up. One more is a file beside this one, and a line here. */
const kinds: Readonly<Record<DestinationKind, KindOfDestination>> = {
  sqs: { description: sqs, open: (ref, reach) => new SqsDestination(ref, reach) },
  sns: { description: sns, open: (ref, reach) => new SnsDestination(ref, reach) },
  s3: { description: s3, open: (ref, reach) => new S3Destination(ref, reach) },
};

/** What mappings are read with. */
export const destinationDescriptions: readonly DestinationDescription[] = Object.values(kinds).map(
  ({ description }) => description,
);

/** The destination that a mapping names. Nothing is loaded or connected before it is needed. */
export function createDestination(ref: DestinationRef, reach: DestinationReach): FailureDestination {
  return kinds[ref.kind].open(ref, reach);
}
