import { SourceError } from './delivery/source-error.js';
import { invalidParameter, type AwsError } from './mappings/problem.js';
import type { EventSourceMapping } from './mappings/event-source-mapping.js';
import { visibilityProblem } from './mappings/visibility.js';
import { openQueue, openStream } from './open-source.js';
import { pause, type Clock } from './platform/clock.js';
import type { Place } from './reach.js';

/** How long the caller of the API waits for a source that does not answer. */
const patienceMs = 1_000;

export interface ProbeParts {
  readonly place: Place;
  readonly clock: Clock;
  readonly functionTimeoutMs: number;
  /** A mapping that exists may lose its source; a new one needs one. */
  readonly because: 'create' | 'update';
}

/**
 * Looks at the source of a mapping, as Lambda does before it makes or changes one: why it would refuse, or undefined. What
 * does not answer, or not in time, is no reason: the poller waits for it.
 */
export async function probeSource(mapping: EventSourceMapping, parts: ProbeParts): Promise<AwsError | undefined> {
  const answered = new AbortController();
  const patience = pause(parts.clock, patienceMs, answered.signal).then(() => undefined);
  const refusal = await Promise.race([looked(mapping, parts), patience]);
  answered.abort();
  return refusal;
}

async function looked(mapping: EventSourceMapping, parts: ProbeParts): Promise<AwsError | undefined> {
  try {
    return mapping.kind === 'queue' ? await lookedAtQueue(mapping, parts) : await lookedAtStream(mapping, parts);
  } catch (error) {
    const isMissing = error instanceof SourceError && error.kind === 'missing';
    return isMissing && parts.because === 'create' ? missing(mapping) : undefined;
  }
}

async function lookedAtQueue(
  mapping: EventSourceMapping & { readonly kind: 'queue' },
  { place, functionTimeoutMs }: ProbeParts,
): Promise<AwsError | undefined> {
  const queue = await openQueue(mapping, place, true);
  try {
    const { visibilityTimeoutMs } = await queue.describe();
    const because = visibilityProblem(visibilityTimeoutMs / 1_000, functionTimeoutMs / 1_000);
    return because === undefined ? undefined : invalidParameter(because);
  } finally {
    await queue.close();
  }
}

async function lookedAtStream(
  mapping: EventSourceMapping & { readonly kind: 'stream' },
  { place, because }: ProbeParts,
): Promise<undefined> {
  if (because === 'update') return;
  const stream = await openStream(mapping, place);
  try {
    await stream.describe();
  } finally {
    await stream.close();
  }
}

function missing({ source }: EventSourceMapping): AwsError {
  return invalidParameter(
    source.kind === 'sqs'
      ? 'Error occurred while ReceiveMessage. SQS Error Code: AWS.SimpleQueueService.NonExistentQueue. SQS Error Message: The specified queue does not exist.'
      : `Stream not found: ${source.arn}`,
  );
}
