import type { Service } from '../contracts/services.js';
import type { Configuration } from '../config/configuration.js';
import type { Environment } from '../config/environment-text.js';
import { addressOf } from '../config/resolve-endpoints.js';
import { MillraceError } from '../platform/millrace-error.js';
import { unreachable } from '../platform/unreachable.js';

/** What decides where a service is looked for. */
export interface Addressing {
  readonly configuration: Configuration;
  readonly env: Environment;
  /** Addresses of embedded servers. */
  readonly embedded: Readonly<Partial<Record<Service, string>>>;
}

/** How to reach a service, as its client wants to know it. */
interface Reach {
  /** Undefined: as the SDK resolves it, which is AWS. */
  readonly endpoint: string | undefined;
  /** Undefined: as the SDK resolves them. */
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string } | undefined;
  readonly onAws: boolean;
}

/** Where a service is, for something of an account, which a source's ARN may name. */
export function reach(
  service: Service,
  { account, arn }: { readonly account: string; readonly arn?: string },
  { configuration, env, embedded }: Addressing,
): Reach {
  const address = addressOf(configuration, env, service, arn);
  switch (address.target) {
    case 'AWS':
      return { endpoint: undefined, credentials: undefined, onAws: true };
    case 'embedded':
      return {
        endpoint: embeddedAt(embedded[service], service),
        credentials: localCredentials({}, account),
        onAws: false,
      };
    case 'custom':
      return { endpoint: address.url, credentials: localCredentials(env, account), onAws: false };
    default:
      return unreachable(address);
  }
}

/** Without an address the SDK would go to AWS. */
function embeddedAt(address: string | undefined, service: Service): string {
  if (address !== undefined) return address;
  throw new MillraceError(
    'SOURCE_UNAVAILABLE',
    `endpoints.${service} is embedded, and that server lives in millrace dev or millrace run: it does not run now, and nothing of it is left`,
  );
}

/** Local servers take any credentials; some of them read the account out of the access key. */
function localCredentials(env: Environment, account: string): Reach['credentials'] {
  if (env['AWS_ACCESS_KEY_ID'] !== undefined || env['AWS_PROFILE'] !== undefined) return undefined;
  return { accessKeyId: account, secretAccessKey: 'millrace' };
}
