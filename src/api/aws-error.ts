import type { Context } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';

/** An error as the Lambda REST API answers it, so that AWS SDKs and the AWS CLI show its text. */
export function awsError(c: Context, status: ContentfulStatusCode, type: string, message: string): Response {
  c.header('x-amzn-ErrorType', type);
  return c.json({ Type: status < 500 ? 'User' : 'Service', Message: message }, status);
}
