/** What a response says about the state of a tumbling window. */
export type WindowState =
  { readonly kind: 'state'; readonly text: string } | { readonly kind: 'missing'; readonly because: string };

const missing = (what: string): WindowState => ({
  kind: 'missing',
  because: `${what}: a function with a tumbling window must return { state: { … } }`,
});

/**
 * Reads the `state` of a response: any JSON object (docs/semantics.md, "Tumbling windows").
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-windows.html
 */
export function readWindowState(responseText: string): WindowState {
  const response: unknown = responseText === '' ? null : JSON.parse(responseText);
  if (typeof response !== 'object' || response === null) return missing('the response has no state');
  const { state } = response as { readonly state?: unknown };
  if (state === undefined || state === null) return missing('the response has no state');
  if (typeof state !== 'object' || Array.isArray(state)) return missing('the state in the response is not an object');
  return { kind: 'state', text: JSON.stringify(state) };
}
