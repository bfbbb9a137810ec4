import { withoutPassword } from '../mappings/problem.js';
import { MillraceError } from '../platform/millrace-error.js';
import { services, type Configuration, type Service } from './configuration.js';
import type { Environment } from './environment-text.js';

/** How people call a service, and the names under which the AWS SDK looks for its address. */
const names: Record<Service, { readonly label: string; readonly variables: readonly string[] }> = {
  sqs: { label: 'SQS', variables: ['SQS'] },
  sns: { label: 'SNS', variables: ['SNS'] },
  s3: { label: 'S3', variables: ['S3'] },
  kinesis: { label: 'Kinesis', variables: ['KINESIS'] },
  dynamodb: { label: 'DynamoDB', variables: ['DYNAMODB', 'DYNAMODB_STREAMS'] },
  secretsmanager: { label: 'Secrets Manager', variables: ['SECRETS_MANAGER'] },
  glue: { label: 'Glue', variables: ['GLUE'] },
};

const everyService = 'AWS_ENDPOINT_URL';
const variable = (name: string): string => `${everyService}_${name}`;

/** Where calls to a service go. Without a `url` the AWS SDK finds its own way, which ends at real AWS. */
export type Address =
  { readonly target: 'AWS' } | { readonly target: 'custom'; readonly url: string } | { readonly target: 'embedded' };

/** Where the calls of one service go that a configuration uses. */
export interface ResolvedEndpoint {
  readonly service: Service;
  readonly target: Address['target'];
  readonly url?: string;
  readonly account: string;
  readonly region: string;
  /** For people, without a password: `SQS → http://localhost:9324, account 000000000000, us-east-1`. */
  readonly line: string;
  /** What this program cannot see and may change where calls go. */
  readonly note?: string;
}

const profileNote =
  'an endpoint_url in the shared AWS config file, which the AWS SDK reads by itself, is not shown here';
const noAccount = '000000000000';

/** The address of a service, or of one source of it: the configuration first, then the environment as the AWS SDK reads it. */
export function addressOf({ endpoints }: Configuration, env: Environment, service: Service, arn?: string): Address {
  const ofSource = arn === undefined ? undefined : endpoints.byArn[arn];
  if (ofSource !== undefined) return { target: 'custom', url: ofSource };
  const configured = endpoints.byService[service];
  if (configured?.kind === 'embedded') return { target: 'embedded' };
  const url = configured?.url ?? fromEnvironment(env, service);
  return url === undefined ? { target: 'AWS' } : { target: 'custom', url };
}

function fromEnvironment(env: Environment, service: Service): string | undefined {
  if (env['AWS_IGNORE_CONFIGURED_ENDPOINT_URLS']?.toLowerCase() === 'true') return undefined;
  const [name = ''] = names[service].variables;
  return env[variable(name)] || env[everyService] || undefined;
}

/**
 * Says for every service that mappings use where its calls go: one entry for each address, account and region.
 * Refuses real AWS for the account that stands for none, so that a forgotten `endpoints` is not taken for a local run.
 */
export function resolveEndpoints(configuration: Configuration, env: Environment): readonly ResolvedEndpoint[] {
  const resolved = configuration.mappings.map(({ source }) => {
    const address = addressOf(configuration, env, 'sqs', source.arn);
    refuseNoAccount(configuration, address, source);
    return describe('sqs', address, source);
  });
  return [...new Map(resolved.map((endpoint) => [endpoint.line, endpoint])).values()];
}

function refuseNoAccount(
  { account, file }: Configuration,
  { target }: Address,
  source: { readonly account: string; readonly arn: string },
): void {
  if (target !== 'AWS' || (account !== noAccount && source.account !== noAccount)) return;
  const where = account === noAccount ? `the account is ${noAccount}` : `${source.arn} is of account ${noAccount}`;
  throw new MillraceError(
    'CONFIGURATION_INVALID',
    `${file === undefined ? '' : `${file}: `}calls to SQS would go to real AWS, but ${where}, which does not exist there; ` +
      `give the address of a local server (endpoints: { sqs: http://localhost:9324 }, or sqs: embedded), ` +
      `or set account to the AWS account that is meant`,
  );
}

function describe(
  service: Service,
  address: Address,
  { account, region }: { readonly account: string; readonly region: string },
): ResolvedEndpoint {
  const shown = address.target === 'custom' ? withoutPassword(address.url) : address.target;
  const line = `${names[service].label} → ${shown}, account ${account}, ${region}`;
  const url = address.target === 'custom' ? { url: address.url } : {};
  return {
    service,
    target: address.target,
    ...url,
    account,
    region,
    line,
    ...(address.target === 'AWS' ? { note: profileNote } : {}),
  };
}

/**
 * The variables that send a function's own SDK calls where the mappings go. `actual` holds the addresses of embedded
 * servers, which are known once they run.
 */
export function endpointVariables(
  { endpoints }: Configuration,
  actual: Readonly<Partial<Record<Service, string>>>,
): Readonly<Record<string, string>> {
  const variables: Record<string, string> = endpoints.aws === undefined ? {} : { [everyService]: endpoints.aws };
  for (const service of services) {
    const configured = endpoints.byService[service];
    const url = configured?.kind === 'url' ? configured.url : configured && actual[service];
    if (url === undefined) continue;
    for (const name of names[service].variables) variables[variable(name)] = url;
  }
  return variables;
}
