/** An object that has nothing to say: the API takes it for "none". */
export function isEmptyObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.values(value).every((part) => part === undefined);
}
