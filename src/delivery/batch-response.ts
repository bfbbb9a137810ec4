/** What a handler's response says about the records of its batch. */
type BatchVerdict =
  | { readonly kind: 'all-succeeded' }
  | { readonly kind: 'all-failed'; readonly because: string }
  | { readonly kind: 'some-failed'; readonly failed: ReadonlySet<string> };

const success: BatchVerdict = { kind: 'all-succeeded' };

const malformed = (what: string): BatchVerdict => ({
  kind: 'all-failed',
  because: `the partial batch response is malformed (${what}): all records of the batch count as failed`,
});

/** The id of the record that an `itemIdentifier` means; undefined: it has not the form of one. */
export type IdentifierReader = (itemIdentifier: unknown) => string | undefined;

/** The reader of sources that identify records by text. */
const textIdentifier: IdentifierReader = (given) => (typeof given === 'string' && given !== '' ? given : undefined);

/**
 * Reads a partial batch response (`ReportBatchItemFailures`).
 * Anything that is not an object, and any entry that does not name a record of this batch, fails the whole batch;
 * no response, `{}`, and an absent, null or empty list are a success (docs/semantics.md, "Partial batch responses").
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
 */
export function readBatchResponse(
  responseText: string,
  batch: ReadonlySet<string>,
  identifierOf: IdentifierReader = textIdentifier,
): BatchVerdict {
  if (responseText === 'null' || responseText === '') return success;
  const response: unknown = JSON.parse(responseText);
  if (typeof response !== 'object' || response === null) {
    return malformed(`the handler returned a ${typeof response} where an object is expected`);
  }
  const list = (response as { readonly batchItemFailures?: unknown }).batchItemFailures;
  if (list === undefined || list === null) return success;
  if (!Array.isArray(list)) return malformed('batchItemFailures is not a list');
  return readFailures(list, batch, identifierOf);
}

function readFailures(
  list: readonly unknown[],
  batch: ReadonlySet<string>,
  identifierOf: IdentifierReader,
): BatchVerdict {
  const failed = new Set<string>();
  for (const entry of list) {
    const given = (entry as { readonly itemIdentifier?: unknown } | null | undefined)?.itemIdentifier;
    if (given === undefined) return malformed('an entry has no itemIdentifier');
    const id = identifierOf(given);
    if (id === undefined) return malformed(`itemIdentifier is ${JSON.stringify(given)}`);
    if (!batch.has(id)) return malformed(`itemIdentifier ${JSON.stringify(given)} is not in this batch`);
    failed.add(id);
  }
  return failed.size === 0 ? success : { kind: 'some-failed', failed };
}

/** What a response says about the state of a tumbling window. */
type WindowState =
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
