import { unreachable } from '../../platform/unreachable.js';

/** How many batches may be in hand at once. */
export interface ConcurrencyRules {
  readonly initial: number;
  /** Errors never push the limit below this. */
  readonly floor: number;
  readonly ceiling: number;
  /** With a backlog, one more batch each so many milliseconds. */
  readonly growEveryMs: number;
}

export interface ConcurrencyState {
  readonly limit: number;
  readonly errorsInARow: number;
  /** When the limit was last raised. */
  readonly grownAt: number;
}

/**
 * - `backlog`: a receive came back full and there was no room for another
 * - `idle`: a receive came back empty
 * - `function-error`, `success`: how an invocation ended
 */
export type ConcurrencySignal = 'backlog' | 'idle' | 'function-error' | 'success';

export function initialConcurrency(rules: ConcurrencyRules, now: number): ConcurrencyState {
  return { limit: rules.initial, errorsInARow: 0, grownAt: now };
}

/**
 * The next concurrency limit: up while there is a backlog, back to the start when idle, down by one with each function
 * error after the first in a row and up again with each success (docs/semantics.md, "Concurrency").
 */
export function nextConcurrency(
  state: ConcurrencyState,
  signal: ConcurrencySignal,
  rules: ConcurrencyRules,
  now: number,
): ConcurrencyState {
  switch (signal) {
    case 'backlog': {
      const mayGrow =
        state.errorsInARow === 0 && state.limit < rules.ceiling && now - state.grownAt >= rules.growEveryMs;
      return mayGrow ? { ...state, limit: state.limit + 1, grownAt: now } : state;
    }
    case 'idle':
      return state.limit > rules.initial ? { ...state, limit: state.limit - 1 } : state;
    case 'function-error': {
      const errorsInARow = state.errorsInARow + 1;
      const limit = errorsInARow > 1 ? Math.max(rules.floor, state.limit - 1) : state.limit;
      return { ...state, errorsInARow, limit };
    }
    case 'success':
      if (state.errorsInARow === 0 && state.limit >= rules.initial) return state;
      return { ...state, errorsInARow: 0, limit: Math.max(state.limit, Math.min(state.limit + 1, rules.initial)) };
    default:
      return unreachable(signal);
  }
}
