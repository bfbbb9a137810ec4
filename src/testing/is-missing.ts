/**
 * Whether an error says that a source is missing. By its name, not its class: a source in TypeScript is loaded with a copy
 * of the library of its own.
 */
export function isMissing(error: unknown): boolean {
  const { name, kind } = (error ?? {}) as { readonly name?: unknown; readonly kind?: unknown };
  return name === 'SourceError' && kind === 'missing';
}
