type Handler = (call: { readonly request: { readonly headers: Record<string, string> } }) => Promise<unknown>;

/** The parts of a client of the AWS SDK that are touched; each client has types of its own for the same things. */
interface Client {
  readonly config: {
    signer: (...parameters: unknown[]) => Promise<unknown>;
    endpoint?: (...parameters: unknown[]) => Promise<unknown>;
  };
  readonly middlewareStack: {
    remove(name: string): boolean;
    add(middleware: (next: Handler) => Handler, options: object): void;
  };
}

/**
 * Takes out of a client what every call pays for and no poller needs: a fifth of the cost of receiving and deleting,
 * and of idling (decision "The SDK's client, without what a poller does not need" in docs/decisions.md).
 */
export function leaveOutTheUnused(client: { readonly config: object; readonly middlewareStack: object }): void {
  const { config, middlewareStack } = client as Client;
  for (const name of ['loggerMiddleware', 'recursionDetectionMiddleware', 'getUserAgentMiddleware']) {
    middlewareStack.remove(name);
  }
  middlewareStack.add(
    (next) => (call) => {
      call.request.headers['user-agent'] = 'millrace';
      return next(call);
    },
    { step: 'build', name: 'millraceUserAgent' },
  );
  // There is but one attempt. Others are placed relative to this one, which therefore keeps its name.
  middlewareStack.add((next) => next, {
    step: 'finalizeRequest',
    priority: 'high',
    name: 'retryMiddleware',
    override: true,
  });
  // Neither depends on the call; the signer asks for the credentials each time it signs.
  config.signer = once(config.signer);
  if (config.endpoint !== undefined) config.endpoint = once(config.endpoint);
}

function once<A extends readonly unknown[], T>(
  make: (...parameters: A) => Promise<T>,
): (...parameters: A) => Promise<T> {
  let made: Promise<T> | undefined;
  return (...parameters) => (made ??= make(...parameters));
}
