import type { FunctionErrorInfo } from '../journal/events.js';
import { messageOf } from '../platform/millrace-error.js';

/** The largest response of a synchronous call, in UTF-8 bytes: 6 MB and the envelope that AWS allows on top. */
const maxResponseBytes = 6 * 1024 * 1024 + 100;

type ResponseText =
  { readonly ok: true; readonly text: string } | { readonly ok: false; readonly error: FunctionErrorInfo };

/** What a handler returned, as JSON; nothing becomes `null`. */
export function responseTextOf(value: unknown): ResponseText {
  let text: string;
  try {
    // For functions and symbols, too, `stringify` gives undefined, whatever its type says.
    const json: string | undefined = JSON.stringify(value);
    text = json ?? 'null';
  } catch (thrown) {
    const errorMessage = `Unable to stringify response body: ${messageOf(thrown)}`;
    return { ok: false, error: { errorType: 'Runtime.MarshalError', errorMessage, trace: [] } };
  }
  // One UTF-16 unit takes at most three bytes, so that short responses are never measured.
  if (text.length * 3 > maxResponseBytes && Buffer.byteLength(text) > maxResponseBytes) {
    const errorMessage = `Response payload size exceeded maximum allowed payload size (${maxResponseBytes} bytes).`;
    return { ok: false, error: { errorType: 'Function.ResponseSizeTooLarge', errorMessage, trace: [] } };
  }
  return { ok: true, text };
}
