/** Lambda refuses a queue whose messages would become visible again while its function may still be working on them. */
export function visibilityProblem(queueVisibilitySeconds: number, functionTimeoutSeconds: number): string | undefined {
  if (queueVisibilitySeconds >= functionTimeoutSeconds) return undefined;
  return `Queue visibility timeout: ${queueVisibilitySeconds} seconds is less than Function timeout: ${functionTimeoutSeconds} seconds`;
}
