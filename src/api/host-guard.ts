/** Names by which this machine calls itself. */
const loopbackNames = ['localhost', '127.0.0.1', '[::1]'] as const;

interface RequestOrigin {
  /** The `Host` header. */
  readonly host: string | undefined;
  /** The `Origin` header, which browsers send. */
  readonly origin: string | undefined;
}

/** Names that requests may carry. */
export interface AllowedHosts {
  /** What `Host` may name: this machine, the address bound, and what the user added. */
  readonly names: ReadonlySet<string>;
  /** What the user added: pages of these hosts may call, whatever port they are on. */
  readonly added: ReadonlySet<string>;
}

/**
 * Why a request must be refused, or undefined.
 *
 * A web page can make the browser of a developer call this port. It can also have its own name resolve to 127.0.0.1
 * ("DNS rebinding") and then read the answers. Neither can choose what stands in `Host` and `Origin`, so `Host` must be a
 * name that was meant to be used, and `Origin` this port itself: another port of this machine may serve anybody's page.
 */
export function refusal({ host, origin }: RequestOrigin, { names, added }: AllowedHosts): string | undefined {
  const hostName = hostNameOf(`http://${host ?? ''}`);
  if (hostName === undefined || !names.has(hostName)) {
    return `the Host header "${host ?? ''}" is not one this port answers to. If it is yours, start with --allow-host ${hostName ?? '<host>'}`;
  }
  if (origin === undefined || origin === originOf(`http://${host ?? ''}`)) return undefined;
  const originName = hostNameOf(origin);
  if (originName !== undefined && added.has(originName)) return undefined;
  return `requests from pages of "${origin}" are not allowed. If it is yours, start with --allow-host ${originName ?? '<host>'}`;
}

/** The host names that requests may carry: this machine's own, the address bound, and those the user added. */
export function allowedHosts(bound: string, added: readonly string[]): AllowedHosts {
  const own = [...loopbackNames, bound.includes(':') ? `[${bound}]` : bound];
  return { names: new Set([...namesOf(own), ...namesOf(added)]), added: new Set(namesOf(added)) };
}

function namesOf(hosts: readonly string[]): readonly string[] {
  return hosts.flatMap((host) => hostNameOf(`http://${host}`) ?? []);
}

/** The host of a URL without its port, in the one spelling URLs have for it. */
function hostNameOf(url: string): string | undefined {
  if (!URL.canParse(url)) return undefined;
  const { hostname } = new URL(url);
  return hostname === '' ? undefined : hostname;
}

function originOf(url: string): string {
  return new URL(url).origin;
}
