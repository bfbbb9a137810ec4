import type { FailureDestination } from '../contracts/failure-destination.js';
import { unreachable } from '../platform/unreachable.js';
import type { DestinationReach, DestinationRef } from './reach.js';
import { S3Destination } from './s3.js';
import { SnsDestination } from './sns.js';
import { SqsDestination } from './sqs.js';

/** The destination that a mapping names. Nothing is loaded or connected before it is needed. */
export function createDestination(ref: DestinationRef, reach: DestinationReach): FailureDestination {
  const { kind } = ref;
  switch (kind) {
    case 'sqs':
      return new SqsDestination(ref, reach);
    case 'sns':
      return new SnsDestination(ref, reach);
    case 's3':
      return new S3Destination(ref, reach);
    default:
      return unreachable(kind);
  }
}
