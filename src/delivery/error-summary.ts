import type { FunctionErrorInfo } from '../journal/events.js';

/** A function error as the reasons in the journal name it. */
export function summary({ errorType, errorMessage }: FunctionErrorInfo): string {
  return `${errorType}: ${errorMessage}`;
}
