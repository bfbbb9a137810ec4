import { unreachable } from '../../platform/unreachable.js';
import type { DirectInvocationEvent, FunctionLogEvent, FunctionState, PollerState } from '../../journal/events.js';
import type { PartitionEvent } from '../../journal/stream-events.js';
import type { StoredEntry } from '../../journal/stored-entry.js';

/**
 * - `error`: somebody must act: a function fails or does not load, a record is given up, a source refuses
 * - `warn`: it degrades and goes on
 * - `info`: life cycle, one line for each invocation, and everything a handler prints
 * - `debug`: each decision with its reason
 */
export const logLevels = ['error', 'warn', 'info', 'debug'] as const;
export type LogLevel = (typeof logLevels)[number];

/** Whether a console at `level` shows something of level `of`. */
export function shows(level: LogLevel, of: LogLevel): boolean {
  return logLevels.indexOf(of) <= logLevels.indexOf(level);
}

export function levelOf(entry: StoredEntry): LogLevel {
  switch (entry.type) {
    case 'failed':
    case 'discarded':
      return 'error';
    case 'partially-failed':
    case 'settle-failed':
      return 'warn';
    case 'destination-failed':
      return entry.dropped ? 'error' : 'warn';
    case 'succeeded':
    case 'bisected':
    case 'destination-delivered':
    case 'retry-scheduled':
    case 'released':
      return 'info';
    case 'settled':
      return entry.because === 'filtered' ? 'info' : 'debug';
    case 'received':
    case 'filtered':
    case 'batched':
    case 'invoked':
    case 'checkpointed':
    case 'expired': // the discard that follows says it
    case 'throttled': // the retry that follows says it
      return 'debug';
    case 'partition':
      return partitionLevels[entry.state];
    case 'notice':
      return entry.level;
    case 'function-log':
      return logLineLevels[entry.level];
    case 'direct-invocation':
      return directInvocationLevels[entry.outcome];
    case 'function-state':
      return functionStateLevels[entry.state];
    case 'mapping-changed':
      return 'info';
    case 'state-changed':
      return pollerStateLevels[entry.state];
    default:
      return unreachable(entry);
  }
}

/** As on AWS, `console.debug` is shown unless something is done about it. */
const logLineLevels: Readonly<Record<FunctionLogEvent['level'], LogLevel>> = {
  trace: 'info',
  debug: 'info',
  info: 'info',
  warn: 'warn',
  error: 'error',
};

const directInvocationLevels: Readonly<Record<DirectInvocationEvent['outcome'], LogLevel>> = {
  succeeded: 'info',
  failed: 'error',
  throttled: 'warn',
  discarded: 'error',
};

const functionStateLevels: Readonly<Record<FunctionState, LogLevel>> = {
  loading: 'debug',
  ready: 'info',
  failed: 'error',
  reloaded: 'info',
};

const pollerStateLevels: Readonly<Record<PollerState, LogLevel>> = {
  starting: 'debug',
  polling: 'info',
  waiting: 'warn',
  refused: 'error',
  disabled: 'info',
  stopping: 'debug',
  stopped: 'debug',
};

/** A partition that is read again needs no line of its own: the poller's state says that none is in trouble. */
const partitionLevels: Readonly<Record<PartitionEvent['state'], LogLevel>> = {
  started: 'debug',
  waiting: 'warn',
  finished: 'info',
  'given-up': 'info',
  trimmed: 'error',
};
