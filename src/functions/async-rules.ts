/** How often Lambda hands an event to a function that fails, the first time included. */
export const mostTries = 3;

/** `MaximumEventAgeInSeconds` of a function for which nothing else is set. */
export const mostAgeMs = 6 * 60 * 60 * 1_000;

const firstPauseMs = 1_000;
const longestPauseMs = 5 * 60 * 1_000;

/** How long Lambda waits after the first and the second function error; undefined: the event is given up. */
export function retryDelayMs(errors: number): number | undefined {
  return errors < mostTries ? errors * 60_000 : undefined;
}

/** How long a throttled function gets no events. `throttles` in a row came before. */
export function throttlePauseMs(throttles: number): number {
  return Math.min(longestPauseMs, firstPauseMs * 2 ** throttles);
}
