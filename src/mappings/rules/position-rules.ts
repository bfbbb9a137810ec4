import type { StartingPosition } from '../schema/request.js';
import { none, problem, type Rule } from './rules.js';
import { timestampMs } from '../timestamp.js';

/** `AT_TIMESTAMP` and its time come together, and the time is not in the future. */
export const startingTime: Rule = ({ request, malformed, now }) => {
  const { StartingPosition: position, StartingPositionTimestamp: given } = request;
  const path = ['StartingPositionTimestamp'];
  if (malformed.has('StartingPosition') || malformed.has('StartingPositionTimestamp')) return none;
  if (given === undefined) {
    return needsTime(position)
      ? problem(path, 'is missing; StartingPosition AT_TIMESTAMP needs the time to start at')
      : none;
  }
  if (!needsTime(position)) return problem(path, 'needs StartingPosition AT_TIMESTAMP; set that, or remove it');
  if ((timestampMs(given) ?? 0) <= now) return none;
  return problem(path, 'must not be in the future (a number is one of seconds, not of milliseconds)', { got: given });
};

function needsTime(position: StartingPosition | undefined): boolean {
  return position === 'AT_TIMESTAMP';
}
