/** Whether a value stands for "none": an empty text or list, or an object of nothing else. AWS reports the default of the source in its place. */
export function isCleared(value: unknown): boolean {
  if (value === undefined || value === '') return true;
  if (typeof value !== 'object' || value === null || value instanceof Date) return false;
  return Object.values(value).every(isCleared);
}
