/** Names by which this machine calls itself. */
const loopbackNames = ['localhost', '127.0.0.1', '[::1]'] as const;

export interface RequestOrigin {
  /** The `Host` header. */
  readonly host: string | undefined;
  /** The `Origin` header, which browsers send. */
  readonly origin: string | undefined;
}

/**
 * Why a request must be refused, or undefined.
 *
 * A web page can make the browser of a developer call this port. It can also have its own name resolve to 127.0.0.1
 * ("DNS rebinding") and then read the answers. Neither can choose what stands in `Host` and `Origin`, so both headers
 * must name a host that was meant to be used.
 */
export function refusal({ host, origin }: RequestOrigin, allowed: ReadonlySet<string>): string | undefined {
  const hostName = hostNameOf(`http://${host ?? ''}`);
  if (hostName === undefined || !allowed.has(hostName)) {
    return `the Host header "${host ?? ''}" is not one this port answers to. If it is yours, start with --allow-host ${hostName ?? '<host>'}`;
  }
  if (origin === undefined) return undefined;
  const originName = hostNameOf(origin);
  if (originName !== undefined && allowed.has(originName)) return undefined;
  return `requests from pages of "${origin}" are not allowed. If it is yours, start with --allow-host ${originName ?? '<host>'}`;
}

/** The host names that requests may carry: this machine's own, the address bound, and those the user added. */
export function allowedHosts(bound: string, added: readonly string[]): ReadonlySet<string> {
  const names = [bound.includes(':') ? `[${bound}]` : bound, ...added].map((name) => hostNameOf(`http://${name}`));
  return new Set([...loopbackNames, ...names.filter((name) => name !== undefined)]);
}

/** The host of a URL without its port, in the one spelling URLs have for it. */
function hostNameOf(url: string): string | undefined {
  if (!URL.canParse(url)) return undefined;
  const { hostname } = new URL(url);
  return hostname === '' ? undefined : hostname;
}
