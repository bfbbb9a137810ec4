import { SourceError } from '../contracts/source-error.js';
import { invalidParameter, type AwsError } from '../mappings/schema/problem.js';
import type { EventSourceMapping, QueueMapping, StreamMapping } from '../mappings/event-source-mapping.js';
import { openQueue, openStream, refusalOf, sourceOf } from './open-source.js';
import { pause, type Clock } from '../platform/clock.js';
import type { Addressing } from './reach.js';

/** How long the caller of the API waits for a source that does not answer. */
const patienceMs = 1_000;

interface ProbeOptions {
  readonly place: Addressing;
  readonly clock: Clock;
  readonly functionTimeoutMs: number;
  /** A mapping that exists may lose its source; a new one needs one. */
  readonly because: 'create' | 'update';
}

/**
 * Looks at the source of a mapping, as Lambda does before it makes or changes one: why it would refuse, or undefined. What
 * does not answer, or not in time, is no reason: the poller waits for it.
 */
export async function probeSource(mapping: EventSourceMapping, parts: ProbeOptions): Promise<AwsError | undefined> {
  const over = new AbortController();
  const patience = pause(parts.clock, patienceMs, over.signal).then(() => undefined);
  const refusal = await Promise.race([looked(mapping, parts, over.signal), patience]);
  over.abort();
  return refusal;
}

async function looked(
  mapping: EventSourceMapping,
  parts: ProbeOptions,
  over: AbortSignal,
): Promise<AwsError | undefined> {
  try {
    if (mapping.kind === 'queue') return await lookedAtQueue(mapping, parts, over);
    if (parts.because === 'create') await lookedAtStream(mapping, parts, over);
    return undefined;
  } catch (error) {
    const isMissing = error instanceof SourceError && error.kind === 'missing';
    return isMissing && parts.because === 'create' ? missing(mapping, parts.place) : undefined;
  }
}

async function lookedAtQueue(
  mapping: QueueMapping,
  { place, functionTimeoutMs }: ProbeOptions,
  over: AbortSignal,
): Promise<AwsError | undefined> {
  const queue = await openQueue(mapping, place, true);
  const facts = await closing(queue, over, () => queue.describe());
  const because = refusalOf(mapping, place, facts, functionTimeoutMs);
  return because === undefined ? undefined : invalidParameter(because);
}

async function lookedAtStream(mapping: StreamMapping, { place }: ProbeOptions, over: AbortSignal): Promise<void> {
  const stream = await openStream(mapping, place);
  await closing(stream, over, () => stream.describe());
}

/** Closes a source after a look at it, or in the middle of it: what nobody waits for must not keep the process. */
async function closing<T>(source: Closable, over: AbortSignal, look: () => Promise<T>): Promise<T> {
  const close = (): void => void source.close();
  over.addEventListener('abort', close, { once: true });
  try {
    over.throwIfAborted();
    return await look();
  } finally {
    over.removeEventListener('abort', close);
    await source.close();
  }
}

interface Closable {
  close(): Promise<void>;
}

function missing(mapping: EventSourceMapping, place: Addressing): AwsError {
  const { source } = mapping;
  return invalidParameter(sourceOf(mapping, place).missing?.(source) ?? `Stream not found: ${source.identity}`);
}
