import { Hono, type Context, type MiddlewareHandler } from 'hono';
import { ApiFailure } from '../control-plane/api-failure.js';
import { awsError } from './aws-error.js';
import { refusal, type AllowedHosts } from './host-guard.js';

interface AppOptions {
  readonly allowedHosts: AllowedHosts;
  /** The parts of the API; each brings its own paths. */
  readonly routes: readonly Hono[];
  /** Told when a route threw: a defect of ours. */
  readonly defect: (error: Error) => void;
  /** A new id for each request, as every answer of AWS has one. */
  readonly requestId: () => string;
}

/** The largest invocation payload of Lambda is 6 MB; as a JSON string inside another document it may grow. */
const largestBody = 16 * 1024 * 1024;

/** Everything on the HTTP port: guards first, then the routes, then an answer for what is not there. */
export function createApp({ allowedHosts, routes, defect, requestId }: AppOptions): Hono {
  // Older clients of AWS end the paths of collections with a slash.
  const app = new Hono({ strict: false });
  app.use(async (c, next) => {
    c.header('x-amzn-RequestId', requestId());
    await next();
  });
  app.use(guard((c) => foreignRequest(c, allowedHosts)));
  app.use(guard(unboundedBody));
  for (const part of routes) app.route('/', part);
  app.notFound((c) => awsError(c, 'UnknownOperationException', `there is nothing at ${c.req.method} ${c.req.path}`));
  app.onError((error, c) => {
    if (error instanceof ApiFailure) return awsError(c, error.code, error.message);
    defect(error);
    return awsError(c, 'ServiceException', 'an internal error happened; the log of millrace tells more');
  });
  return app;
}

/** Lets a request pass unless there is an answer that refuses it. */
function guard(refuse: (c: Context) => Response | undefined): MiddlewareHandler {
  return async (c, next) => {
    const answer = refuse(c);
    if (answer === undefined) await next();
    return answer;
  };
}

function foreignRequest(c: Context, allowedHosts: AllowedHosts): Response | undefined {
  const reason = refusal({ host: c.req.header('host'), origin: c.req.header('origin') }, allowedHosts);
  return reason === undefined ? undefined : awsError(c, 'AccessDeniedException', reason);
}

/** Bodies have to say how long they are, as those of every AWS client do: a route can then read one without counting. */
function unboundedBody(c: Context): Response | undefined {
  if (c.req.header('transfer-encoding') !== undefined) {
    return awsError(c, 'LengthRequiredException', 'send the request body with a Content-Length, not in chunks');
  }
  if (Number(c.req.header('content-length') ?? 0) <= largestBody) return undefined;
  return awsError(c, 'RequestTooLargeException', `the request body is larger than ${largestBody} bytes`);
}
