import type { Context } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';

interface Shape {
  readonly status: ContentfulStatusCode;
  /** AWS spells the text of an error in two ways. */
  readonly key: 'message' | 'Message';
  /** Whose fault it is; left out by errors of the front door, which checks shapes only. */
  readonly type?: 'User' | 'Service';
}

/** How the answers with these errors look. */
const shapes = {
  AccessDeniedException: { status: 403, key: 'Message', type: 'User' },
  InvalidParameterValueException: { status: 400, key: 'message', type: 'User' },
  InvalidRequestContentException: { status: 400, key: 'message', type: 'User' },
  LengthRequiredException: { status: 411, key: 'message', type: 'User' },
  MethodNotAllowedException: { status: 405, key: 'message', type: 'User' },
  RequestTooLargeException: { status: 413, key: 'message', type: 'User' },
  ResourceConflictException: { status: 409, key: 'message', type: 'User' },
  ResourceInUseException: { status: 400, key: 'Message', type: 'User' },
  ResourceNotFoundException: { status: 404, key: 'Message', type: 'User' },
  SerializationException: { status: 400, key: 'message', type: 'User' },
  ServiceException: { status: 500, key: 'Message', type: 'Service' },
  TooManyRequestsException: { status: 429, key: 'message', type: 'User' },
  UnknownOperationException: { status: 404, key: 'message', type: 'User' },
  ValidationException: { status: 400, key: 'message' },
} as const satisfies Record<string, Shape>;

export type AwsErrorCode = keyof typeof shapes;

/**
 * An error as the Lambda REST API answers it, so that AWS SDKs and the AWS CLI know its name and show its text. `more`: what
 * some errors have besides, such as the `Reason` of a throttled call.
 */
export function awsError(
  c: Context,
  code: AwsErrorCode,
  message: string,
  more: Readonly<Record<string, string>> = {},
): Response {
  const { status, key, ...typed }: Shape = shapes[code];
  c.header('x-amzn-ErrorType', code);
  const type = typed.type === undefined ? {} : { Type: typed.type };
  return c.json({ ...type, [key]: message, ...more }, status);
}
