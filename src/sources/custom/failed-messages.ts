import type { QueueSource } from '../../contracts/queue-source.js';

/** Why what a queue says of failed messages cannot be carried out, completing "its failedMessages …"; undefined: it can. */
export function failedMessagesProblem(queue: QueueSource): string | undefined {
  const { failedMessages: said } = queue;
  if (said === undefined || said.kind === 'leave') return undefined;
  if (said.kind !== 'again')
    return `must have the kind leave or again, got ${shown((said as { kind?: unknown }).kind)}`;
  const { firstPauseMs, longestPauseMs, limit } = said;
  if (!isAtLeast(firstPauseMs, 0))
    return `must have a firstPauseMs of 0 or more milliseconds, got ${shown(firstPauseMs)}`;
  if (!isAtLeast(longestPauseMs, firstPauseMs)) {
    return `must have a longestPauseMs of at least its firstPauseMs, got ${shown(longestPauseMs)}`;
  }
  if (limit === undefined) return undefined;
  const { redeliveries, rejectedAre } = limit;
  if (!Number.isInteger(redeliveries) || redeliveries < 0) {
    return `must have limit.redeliveries as a whole number, 0 or more, got ${shown(redeliveries)}`;
  }
  if (!['discarded', 'redelivered'].includes(rejectedAre)) {
    return `must have limit.rejectedAre discarded or redelivered, got ${shown(rejectedAre)}`;
  }
  return typeof queue.reject === 'function'
    ? undefined
    : 'has a limit, so the source needs a method reject, and it has none';
}

function isAtLeast(value: unknown, least: number): boolean {
  return typeof value === 'number' && Number.isFinite(value) && value >= least;
}

function shown(value: unknown): string {
  return JSON.stringify(value) ?? String(value);
}
