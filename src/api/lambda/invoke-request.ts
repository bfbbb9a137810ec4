import type { Context } from 'hono';
import { messageOf } from '../../platform/millrace-error.js';
import { notOneOf, Refusal, validationRefusal } from './refusal.js';

const invocationTypes = ['RequestResponse', 'Event', 'DryRun'] as const;
type InvocationType = (typeof invocationTypes)[number];

const logTypes = ['None', 'Tail'] as const;

/** What the headers of an Invoke request say. */
export interface InvokeOptions {
  readonly invocationType: InvocationType;
  readonly tail: boolean;
  /** One line of JSON. */
  readonly clientContext: string | undefined;
}

/** The largest payload, by what becomes of it. */
const largestPayload = { RequestResponse: 6_291_456, DryRun: 6_291_456, Event: 1_048_576 } as const;
const longestClientContext = 3_583;

/** Headers that mean something on AWS and nothing here. */
const unsupportedHeaders = {
  'X-Amz-Durable-Execution-Name':
    'DurableExecutionName is not supported: millrace has no durable functions. Leave it out.',
  'X-Amz-Tenant-Id': 'TenantId is not supported: functions of millrace have no tenants. Leave it out.',
} as const;

export function invokeOptions(c: Context): InvokeOptions | Refusal {
  const type = c.req.header('X-Amz-Invocation-Type') ?? 'RequestResponse';
  const log = c.req.header('X-Amz-Log-Type') ?? 'None';
  const invocationType = invocationTypes.find((known) => known === type);
  const broken = [notOneOf('invocationType', type, invocationTypes), notOneOf('logType', log, logTypes)];
  const problems = broken.filter((problem) => problem !== undefined);
  if (invocationType === undefined || problems.length > 0) return validationRefusal(problems);
  for (const [header, message] of Object.entries(unsupportedHeaders)) {
    if (c.req.header(header) !== undefined) return new Refusal('InvalidParameterValueException', message);
  }
  const clientContext = clientContextOf(c.req.header('X-Amz-Client-Context'));
  if (clientContext instanceof Refusal) return clientContext;
  return { invocationType, tail: log === 'Tail', clientContext };
}

function clientContextOf(encoded: string | undefined): string | undefined | Refusal {
  if (encoded === undefined || encoded === '') return undefined;
  if (encoded.length > longestClientContext) {
    const message = `Client context must be at most ${longestClientContext} bytes long, encoded in Base64.`;
    return new Refusal('InvalidRequestContentException', message);
  }
  const value = jsonOf(Buffer.from(encoded, 'base64').toString('utf8'));
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return JSON.stringify(value);
  return new Refusal('InvalidRequestContentException', 'Client context must be a valid Base64-encoded JSON object.');
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The event as its caller wrote it; without one, an empty object. */
export async function payloadText(c: Context, invocationType: InvocationType): Promise<string | Refusal> {
  const bytes = await c.req.arrayBuffer();
  const largest = largestPayload[invocationType];
  if (bytes.byteLength > largest) {
    const message = `Request must be smaller than ${largest} bytes for the InvokeFunction operation`;
    return new Refusal('RequestTooLargeException', message);
  }
  if (bytes.byteLength === 0) return '{}';
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    JSON.parse(text);
    return text;
  } catch (error) {
    const message = `Could not parse request body into json: Could not parse payload into json: ${messageOf(error)}`;
    return new Refusal('InvalidRequestContentException', message);
  }
}
