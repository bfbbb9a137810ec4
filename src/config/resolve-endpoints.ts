import { withoutPassword } from '../mappings/schema/problem.js';
import { MillraceError } from '../platform/millrace-error.js';
import type { EventSourceMapping } from '../mappings/event-source-mapping.js';
import { services, type Service } from '../contracts/services.js';
import { embeddable, type Configuration } from './configuration.js';
import { addressedBy } from './endpoints.js';
import type { Environment } from './environment-text.js';

interface ServiceNames {
  /** How people call it. */
  readonly label: string;
  /** The names under which the AWS SDK looks for its address. */
  readonly variables: readonly string[];
  /** Where a local one usually is. */
  readonly example: string;
}

const names: Record<Service, ServiceNames> = {
  sqs: { label: 'SQS', variables: ['SQS'], example: 'http://localhost:9324' },
  sns: { label: 'SNS', variables: ['SNS'], example: 'http://localhost:4566' },
  s3: { label: 'S3', variables: ['S3'], example: 'http://localhost:4566' },
  kinesis: { label: 'Kinesis', variables: ['KINESIS'], example: 'http://localhost:4567' },
  dynamodb: { label: 'DynamoDB', variables: ['DYNAMODB', 'DYNAMODB_STREAMS'], example: 'http://localhost:8000' },
  secretsmanager: { label: 'Secrets Manager', variables: ['SECRETS_MANAGER'], example: 'http://localhost:4566' },
  glue: { label: 'Glue', variables: ['GLUE'], example: 'http://localhost:4566' },
};

const everyService = 'AWS_ENDPOINT_URL';
const variable = (name: string): string => `${everyService}_${name}`;

/** Where calls to a service go. Without a `url` the AWS SDK finds its own way, which ends at real AWS. */
type Address =
  { readonly target: 'AWS' } | { readonly target: 'custom'; readonly url: string } | { readonly target: 'embedded' };

/** Where the calls of one service go that a configuration uses. */
interface ResolvedEndpoint {
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
  const [ofSource] = arn === undefined ? [] : addressedBy(arn).flatMap((each) => endpoints.byArn[each] ?? []);
  if (ofSource !== undefined) return { target: 'custom', url: ofSource };
  const configured = endpoints.byService[service];
  if (configured?.kind === 'embedded') return { target: 'embedded' };
  const url = configured?.url ?? fromEnvironment(env, service);
  return url === undefined ? { target: 'AWS' } : { target: 'custom', url };
}

function fromEnvironment(env: Environment, service: Service): string | undefined {
  if (env['AWS_IGNORE_CONFIGURED_ENDPOINT_URLS']?.toLowerCase() === 'true') return undefined;
  const own = names[service].variables.map((name) => env[variable(name)]).find(Boolean);
  return own ?? (env[everyService] || undefined);
}

/** Something that a configuration calls a service for. */
interface Use {
  readonly service: Service;
  readonly account: string;
  readonly region: string;
  /** Undefined: nothing that has an ARN here. */
  readonly arn?: string;
  /** The address may be given for this source alone. */
  readonly isSource?: true;
}

/**
 * Says for every service that sources, destinations and checkpoints need where its calls go: one entry for each address,
 * account and region. Refuses real AWS for the account that stands for none, so that a forgotten `endpoints` is not taken
 * for a local run.
 */
export function resolveEndpoints(configuration: Configuration, env: Environment): readonly ResolvedEndpoint[] {
  const { mappings } = configuration;
  const sources = mappings.flatMap((mapping) => sourceUse(mapping, configuration));
  const uses = [...sources, ...mappings.flatMap(destinationUse), ...checkpointUse(configuration)];
  const resolved = uses.map((use) => {
    const address = addressOf(configuration, env, use.service, use.isSource ? use.arn : undefined);
    refuseNoAccount(configuration, address, use);
    return describe(address, use);
  });
  return [...new Map(resolved.map((endpoint) => [endpoint.line, endpoint])).values()];
}

/** Servers that are started although nothing of the file needs them: mappings of the API may. */
export function idleServers(
  { region, account }: Configuration,
  addresses: readonly ResolvedEndpoint[],
  started: Readonly<Partial<Record<Service, string>>>,
): readonly ResolvedEndpoint[] {
  const used = new Set(addresses.map(({ service }) => service));
  const idle = embeddable.filter((service) => started[service] !== undefined && !used.has(service));
  return idle.map((service) => describe({ target: 'embedded' }, { service, account, region }));
}

/** Of sources that are no service of AWS nothing is said here: where they are is their own affair. */
function sourceUse(mapping: EventSourceMapping, configuration: Configuration): readonly Use[] {
  const { source, description } = mapping;
  if (description.reached.kind !== 'service') return [];
  const { arn, account = configuration.account, region = configuration.region } = source;
  return [
    { service: description.reached.service, ...(arn === undefined ? {} : { arn }), account, region, isSource: true },
  ];
}

function destinationUse(mapping: EventSourceMapping): readonly Use[] {
  if (mapping.kind === 'queue' || mapping.destination === undefined) return [];
  const { kind: service, arn, account, region } = mapping.destination;
  return [{ service, arn, account, region }];
}

/** Queues need no checkpoints: the table is used when there is a stream. */
function checkpointUse({ checkpoints, mappings, account }: Configuration): readonly Use[] {
  if (checkpoints.kind !== 'dynamodb' || mappings.every(({ kind }) => kind === 'queue')) return [];
  return [{ service: 'dynamodb', account, region: checkpoints.region }];
}

function refuseNoAccount(
  { account, file }: Configuration,
  { target }: Address,
  { service, account: owner, arn = '' }: Use,
): void {
  if (target !== 'AWS' || (account !== noAccount && owner !== noAccount)) return;
  const where = account === noAccount ? `the account is ${noAccount}` : `${arn} is of account ${noAccount}`;
  const { label, example } = names[service];
  const embedded = embeddable.includes(service) ? `, or ${service}: embedded` : '';
  throw new MillraceError(
    'CONFIGURATION_INVALID',
    `${file === undefined ? '' : `${file}: `}calls to ${label} would go to real AWS, but ${where}, which does not exist there; ` +
      `give the address of a local server (endpoints: { ${service}: ${example} }${embedded}), ` +
      `or set account to the AWS account that is meant`,
  );
}

function describe(address: Address, { service, account, region }: Use): ResolvedEndpoint {
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
