import { describe, expect, it } from 'vitest';
import { sourceAccessTypes } from '../../../src/mappings/schema/enumerations.js';
import type { SourceType } from '../../../src/contracts/source-description.js';
import { secret, sentencesOf } from '../mapping-world.js';

interface Access {
  readonly Type?: string;
  readonly URI?: string;
}

/** From the Lambda developer guide: which sources take which way of access. */
const guide = `
  BASIC_AUTH                    - x x x x
  VIRTUAL_HOST                  - - x x -
  SASL_SCRAM_512_AUTH           x x - - -
  SASL_SCRAM_256_AUTH           - x - - -
  CLIENT_CERTIFICATE_TLS_AUTH   x x - - -
  SERVER_ROOT_CA_CERTIFICATE    - x - - -
  VPC_SUBNET                    - x - - -
  VPC_SECURITY_GROUP            - x - - -
  OAUTHBEARER_AUTH              - x - - -
  OAUTHBEARER_SCOPE             - x - - -
  OAUTHBEARER_AUDIENCE          - x - - -
  OAUTHBEARER_LOGICAL_CLUSTER   - x - - -
  OAUTHBEARER_IDENTITY_POOL     - x - - -
  IAM_AUTH                      - x - - -
  IAM_OAUTHBEARER_AUTH          - x - - -`;
const columns: readonly SourceType[] = ['msk', 'self-managed-kafka', 'rabbitmq', 'activemq', 'documentdb'];

const labels: Partial<Record<SourceType, string>> = {
  msk: 'Amazon MSK',
  'self-managed-kafka': 'self-managed Kafka',
  rabbitmq: 'Amazon MQ',
  activemq: 'Amazon MQ',
  documentdb: 'Amazon DocumentDB',
};

const rows = guide
  .trim()
  .split('\n')
  .map((line) => line.trim().split(/\s+/));
const takenBy = (column: number): readonly string[] =>
  rows.filter((row) => row[column + 1] === 'x').map(([kind = '']) => kind);
const cells = columns.flatMap((type, column) =>
  rows.map(([kind = '', ...letters]) => ({ kind, type, taken: letters[column] === 'x', possible: takenBy(column) })),
);

const literal: Readonly<Record<string, string>> = {
  VIRTUAL_HOST: '/shop',
  VPC_SUBNET: 'subnet:subnet-1',
  VPC_SECURITY_GROUP: 'security_group:sg-1',
  OAUTHBEARER_SCOPE: 'read write',
  OAUTHBEARER_AUDIENCE: 'kafka',
  OAUTHBEARER_LOGICAL_CLUSTER: 'lkc-1',
  OAUTHBEARER_IDENTITY_POOL: 'pool-1',
};
const withoutUri = ['IAM_AUTH', 'IAM_OAUTHBEARER_AUTH'];

/** A way of access that is complete by itself. */
const access = (Type: string): Access =>
  withoutUri.includes(Type) ? { Type } : { Type, URI: literal[Type] ?? secret };
const entered = (...given: readonly Access[]) => ({ SourceAccessConfigurations: given });
const by = (...types: readonly string[]) => entered(...types.map(access));
const says = (type: SourceType, given: object): readonly string[] => sentencesOf(type, { ...given });

/** What cannot be alone, with what it needs. */
const companions: Readonly<Record<string, readonly string[]>> = {
  VIRTUAL_HOST: ['BASIC_AUTH'],
  OAUTHBEARER_SCOPE: ['OAUTHBEARER_AUTH'],
  OAUTHBEARER_AUDIENCE: ['OAUTHBEARER_AUTH'],
  OAUTHBEARER_LOGICAL_CLUSTER: ['OAUTHBEARER_AUTH'],
  OAUTHBEARER_IDENTITY_POOL: ['OAUTHBEARER_AUTH'],
  IAM_OAUTHBEARER_AUTH: ['OAUTHBEARER_AUDIENCE'],
};

describe('a way of access', () => {
  it('is in the table for every kind that there is', () => {
    expect(new Set(rows.map(([kind]) => kind))).toEqual(new Set(sourceAccessTypes));
  });

  it.each(cells.filter(({ taken }) => taken))('$kind is taken by $type', ({ kind, type }) => {
    expect(says(type, by(kind, ...(companions[kind] ?? [])))).toEqual([]);
  });

  it.each(cells.filter(({ taken }) => !taken))('$kind is refused by $type', ({ kind, type, possible }) => {
    const kinds = possible.length === 1 ? possible.join('') : `one of ${possible.join(', ')}`;
    expect(says(type, by(kind))).toContain(
      `SourceAccessConfigurations[0].Type must be ${kinds} for ${labels[type]} mappings, got "${kind}"`,
    );
  });
});

describe('ways of access are refused when', () => {
  const kafka = [
    {
      when: 'one has no kind',
      given: entered({ URI: secret }),
      says: ['[0].Type is missing; it must be a kind of access'],
    },
    {
      when: 'a secret is missing',
      given: entered({ Type: 'BASIC_AUTH' }),
      says: ['[0].URI is missing; BASIC_AUTH needs it'],
    },
    {
      when: 'a text is missing',
      given: entered({ Type: 'VPC_SUBNET' }),
      says: ['[0].URI is missing; VPC_SUBNET needs it'],
    },
    ...['BASIC_AUTH', 'SASL_SCRAM_512_AUTH', 'SASL_SCRAM_256_AUTH', 'CLIENT_CERTIFICATE_TLS_AUTH'].map((Type) => ({
      when: `the secret of ${Type} is none`,
      given: entered({ Type, URI: 'password' }),
      says: [`[0].URI must be the ARN of a secret of Secrets Manager for ${Type}`],
    })),
    {
      when: 'a secret is something else of Secrets Manager',
      given: entered({ Type: 'BASIC_AUTH', URI: secret.replace(':secret:', ':policy:') }),
      says: ['[0].URI must be the ARN of a secret of Secrets Manager for BASIC_AUTH'],
    },
    ...['SERVER_ROOT_CA_CERTIFICATE', 'OAUTHBEARER_AUTH'].map((Type) => ({
      when: `the secret of ${Type} is something else of AWS`,
      given: entered({ Type, URI: 'arn:aws:ssm:us-east-1:111111111111:parameter/p' }),
      says: [`[0].URI must be the ARN of a secret of Secrets Manager for ${Type}`],
    })),
    ...withoutUri.map((Type) => ({
      when: `${Type} has a secret`,
      given: entered({ Type, URI: secret }, ...(companions[Type] ?? []).map(access)),
      says: [`[0].URI must be left out for ${Type}`],
    })),
    {
      when: 'one is given twice',
      given: by('BASIC_AUTH', 'SASL_SCRAM_512_AUTH', 'BASIC_AUTH'),
      says: ['[2].Type is BASIC_AUTH a second time; remove one of them'],
    },
    ...['OAUTHBEARER_SCOPE', 'OAUTHBEARER_LOGICAL_CLUSTER', 'OAUTHBEARER_IDENTITY_POOL'].map((kind) => ({
      when: `${kind} is alone`,
      given: by(kind, 'BASIC_AUTH'),
      says: [`[0].Type is ${kind}, which needs OAUTHBEARER_AUTH as well`],
    })),
    {
      when: 'OAUTHBEARER_AUDIENCE is alone',
      given: by('OAUTHBEARER_AUDIENCE'),
      says: ['[0].Type is OAUTHBEARER_AUDIENCE, which needs OAUTHBEARER_AUTH or IAM_OAUTHBEARER_AUTH as well'],
    },
    {
      when: 'IAM_OAUTHBEARER_AUTH is alone',
      given: by('IAM_OAUTHBEARER_AUTH'),
      says: [' has IAM_OAUTHBEARER_AUTH, which needs OAUTHBEARER_AUDIENCE as well'],
    },
    ...['OAUTHBEARER_AUTH', 'OAUTHBEARER_SCOPE', 'OAUTHBEARER_LOGICAL_CLUSTER', 'OAUTHBEARER_IDENTITY_POOL'].map(
      (kind) => ({
        when: `IAM_OAUTHBEARER_AUTH is together with ${kind}`,
        given: by('IAM_OAUTHBEARER_AUTH', 'OAUTHBEARER_AUDIENCE', kind),
        says: [` has IAM_OAUTHBEARER_AUTH, which cannot be used with ${kind}`],
      }),
    ),
  ];
  it.each(kafka)('$when', ({ given, says: expected }) => {
    expect(says('self-managed-kafka', given)).toEqual(expected.map((text) => `SourceAccessConfigurations${text}`));
  });

  it('but not when subnets and security groups are several, or MSK has none', () => {
    const several = by('BASIC_AUTH', 'VPC_SUBNET', 'VPC_SUBNET', 'VPC_SECURITY_GROUP', 'VPC_SECURITY_GROUP');
    expect(says('self-managed-kafka', several)).toEqual([]);
    expect(says('msk', entered())).toEqual([]);
  });

  it('but not when secrets are of another account or partition', () => {
    const elsewhere = 'arn:aws-cn:secretsmanager:cn-north-1:222222222222:secret:kafka-AbCdEf';
    expect(says('msk', entered({ Type: 'SASL_SCRAM_512_AUTH', URI: elsewhere }))).toEqual([]);
  });
});
