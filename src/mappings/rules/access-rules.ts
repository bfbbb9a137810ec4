import { isSecretArn } from '../arn.js';
import type { SourceType } from '../../contracts/source-description.js';
import type { Path, Problem } from '../schema/problem.js';
import { mappingsOf, none, problem, type Candidate, type Rule } from './rules.js';

const kafkaOfOwn: readonly SourceType[] = ['self-managed-kafka'];

/** Which sources take which kind of `SourceAccessConfigurations`. */
const accessTypes: Readonly<Record<string, readonly SourceType[]>> = {
  BASIC_AUTH: ['activemq', 'rabbitmq', 'documentdb', 'self-managed-kafka'],
  VIRTUAL_HOST: ['rabbitmq'],
  SASL_SCRAM_512_AUTH: ['msk', 'self-managed-kafka'],
  SASL_SCRAM_256_AUTH: kafkaOfOwn,
  CLIENT_CERTIFICATE_TLS_AUTH: ['msk', 'self-managed-kafka'],
  SERVER_ROOT_CA_CERTIFICATE: kafkaOfOwn,
  VPC_SUBNET: kafkaOfOwn,
  VPC_SECURITY_GROUP: kafkaOfOwn,
  OAUTHBEARER_AUTH: kafkaOfOwn,
  OAUTHBEARER_SCOPE: kafkaOfOwn,
  OAUTHBEARER_AUDIENCE: kafkaOfOwn,
  OAUTHBEARER_LOGICAL_CLUSTER: kafkaOfOwn,
  OAUTHBEARER_IDENTITY_POOL: kafkaOfOwn,
  IAM_AUTH: kafkaOfOwn,
  IAM_OAUTHBEARER_AUTH: kafkaOfOwn,
};

/** Kinds that say everything by themselves: their `URI` is left out. */
const withoutUri = ['IAM_AUTH', 'IAM_OAUTHBEARER_AUTH'];
/** Kinds whose `URI` names a secret. */
const withSecret = [
  'BASIC_AUTH',
  'SASL_SCRAM_512_AUTH',
  'SASL_SCRAM_256_AUTH',
  'CLIENT_CERTIFICATE_TLS_AUTH',
  'SERVER_ROOT_CA_CERTIFICATE',
  'OAUTHBEARER_AUTH',
];
/** Kinds that may be given more than once. */
const repeatable = ['VPC_SUBNET', 'VPC_SECURITY_GROUP'];
/** Which other kind one of these needs. */
const needs: Readonly<Record<string, readonly string[]>> = {
  OAUTHBEARER_SCOPE: ['OAUTHBEARER_AUTH'],
  OAUTHBEARER_LOGICAL_CLUSTER: ['OAUTHBEARER_AUTH'],
  OAUTHBEARER_IDENTITY_POOL: ['OAUTHBEARER_AUTH'],
  OAUTHBEARER_AUDIENCE: ['OAUTHBEARER_AUTH', 'IAM_OAUTHBEARER_AUTH'],
};
const iamToken = 'IAM_OAUTHBEARER_AUTH';

const name = 'SourceAccessConfigurations';

type Access = { readonly Type?: string | undefined; readonly URI?: string | undefined };

/** Each way of access is one that the source takes, complete, and not in contradiction to the others. */
export const waysOfAccess: Rule = (candidate) => {
  const given = candidate.request.SourceAccessConfigurations ?? [];
  const types = given.map(({ Type = '' }) => Type);
  return [...given.flatMap((access, index) => problemsOfOne(access, index, types, candidate)), ...ofIamToken(types)];
};

function problemsOfOne(
  { Type, URI }: Access,
  index: number,
  types: readonly string[],
  candidate: Candidate,
): readonly Problem[] {
  const at = [name, index] as const;
  if (Type === undefined) return problem([...at, 'Type'], 'is missing; it must be a kind of access');
  const possible = possibleTypes(candidate);
  if (!possible.includes(Type)) {
    const kinds = possible.length === 1 ? possible.join('') : `one of ${possible.join(', ')}`;
    return problem([...at, 'Type'], `must be ${kinds} for ${mappingsOf(candidate.description)}`, { got: Type });
  }
  if (types.indexOf(Type) !== index && !repeatable.includes(Type)) {
    return problem([...at, 'Type'], `is ${Type} a second time; remove one of them`);
  }
  const needed = needs[Type] ?? [];
  // Beside IAM_OAUTHBEARER_AUTH adding OAUTHBEARER_AUTH would be wrong, too: ofIamToken says what is right.
  if (needed.length > 0 && !types.some((other) => [...needed, iamToken].includes(other))) {
    return problem([...at, 'Type'], `is ${Type}, which needs ${needed.join(' or ')} as well`);
  }
  return uriProblem(Type, URI, [...at, 'URI']);
}

/** Only its virtual host tells that a broker is one of RabbitMQ: any broker may be given one. */
function possibleTypes({ source, type }: Candidate): readonly string[] {
  const types: readonly SourceType[] = source.kind === 'mq' ? ['activemq', 'rabbitmq'] : [type];
  return Object.keys(accessTypes).filter((each) => types.some((one) => accessTypes[each]?.includes(one)));
}

function uriProblem(type: string, uri: string | undefined, path: Path): readonly Problem[] {
  if (withoutUri.includes(type)) return uri === undefined ? none : problem(path, `must be left out for ${type}`);
  if (uri === undefined) return problem(path, `is missing; ${type} needs it`);
  return withSecret.includes(type) ? secretProblem(uri, type, path) : none;
}

/** Who asks for a way of access that a secret opens names the secret. */
export function secretProblem(uri: string, type: string, path: Path): readonly Problem[] {
  return isSecretArn(uri) ? none : problem(path, `must be the ARN of a secret of Secrets Manager for ${type}`);
}

function ofIamToken(types: readonly string[]): readonly Problem[] {
  if (!types.includes(iamToken)) return none;
  const others = types.filter((type) => type.startsWith('OAUTHBEARER_') && type !== 'OAUTHBEARER_AUDIENCE');
  if (others.length > 0) return problem([name], `has ${iamToken}, which cannot be used with ${others.join(', ')}`);
  if (types.includes('OAUTHBEARER_AUDIENCE')) return none;
  return problem([name], `has ${iamToken}, which needs OAUTHBEARER_AUDIENCE as well`);
}
