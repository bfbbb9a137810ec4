import { describe, expect, it } from 'vitest';
import { secret, sentencesOf } from '../mapping-world.js';

const kafkas = [
  { type: 'msk', block: 'AmazonManagedKafkaEventSourceConfig' },
  { type: 'self-managed-kafka', block: 'SelfManagedKafkaEventSourceConfig' },
] as const;

const address = 'https://registry.example.com:8081';
const glue = 'arn:aws:glue:us-east-1:111111111111:registry/shop';
const complete = {
  SchemaRegistryURI: address,
  EventRecordFormat: 'JSON',
  SchemaValidationConfigs: [{ Attribute: 'VALUE' }],
};
const validates = (...attributes: readonly (string | undefined)[]) => ({
  SchemaValidationConfigs: attributes.map((Attribute) => ({ Attribute })),
});
const enters = (...AccessConfigs: readonly object[]) => ({ AccessConfigs });

describe.each(kafkas)('the schema registry of $type', ({ type, block }) => {
  const says = (registry: object, ProvisionedPollerConfig: object | undefined = { MinimumPollers: 1 }) =>
    sentencesOf(type, { [block]: { SchemaRegistryConfig: registry }, ProvisionedPollerConfig }).map((text) =>
      text.replace(`${block}.SchemaRegistryConfig`, '…'),
    );

  const fine = [
    {},
    { SchemaRegistryURI: glue },
    { SchemaRegistryURI: glue, AccessConfigs: [] },
    { EventRecordFormat: 'SOURCE' },
    validates('KEY', 'VALUE'),
    enters({ Type: 'BASIC_AUTH', URI: secret }),
    enters({ Type: 'CLIENT_CERTIFICATE_TLS_AUTH', URI: secret }, { Type: 'SERVER_ROOT_CA_CERTIFICATE', URI: secret }),
    enters({ Type: 'OAUTHBEARER_AUTH', URI: secret }),
  ];
  it.each(fine)('is taken with %j', (over) => {
    expect(says({ ...complete, ...over })).toEqual([]);
  });

  it('is none when it is empty, with provisioned mode and without', () => {
    expect(says({})).toEqual([]);
    expect(says({}, {})).toEqual([]);
  });

  const noAddress = 'must be an https:// address, or the ARN of a Glue registry';
  const elsewhere = 'must be a Glue registry of account 111111111111 in us-east-1';
  const refused = [
    {
      given: { SchemaRegistryURI: undefined },
      says: ['….SchemaRegistryURI is missing; it must be the address of a registry, or the ARN of one of Glue'],
    },
    ...[
      'http://registry.example.com',
      'registry.example.com',
      'https://',
      'https:///path',
      'arn:aws:glue:us-east-1:111111111111:table/t',
      'arn:aws:sqs:us-east-1:111111111111:registry/q',
    ].map((uri) => ({
      given: { SchemaRegistryURI: uri },
      says: [`….SchemaRegistryURI ${noAddress}, got "${uri}"`],
    })),
    ...[glue.replace('us-east-1', 'eu-west-1'), glue.replace('111111111111', '222222222222')].map((uri) => ({
      given: { SchemaRegistryURI: uri },
      says: [`….SchemaRegistryURI ${elsewhere}, got "${uri}"`],
    })),
    { given: { EventRecordFormat: undefined }, says: ['….EventRecordFormat is missing; it must be JSON or SOURCE'] },
    ...[undefined, []].map((SchemaValidationConfigs) => ({
      given: { SchemaValidationConfigs },
      says: ['….SchemaValidationConfigs is missing; it must name KEY, VALUE or both'],
    })),
    {
      given: validates(undefined),
      says: ['….SchemaValidationConfigs[0].Attribute is missing; it must be KEY or VALUE'],
    },
    {
      given: validates('KEY', 'VALUE', 'KEY'),
      says: ['….SchemaValidationConfigs[2].Attribute is KEY a second time; remove one of them'],
    },
    {
      given: { SchemaRegistryURI: glue, ...enters({ Type: 'BASIC_AUTH', URI: secret }) },
      says: ['….AccessConfigs cannot be used with a registry of Glue; remove it'],
    },
    { given: enters({ URI: secret }), says: ['….AccessConfigs[0].Type is missing; it must be a kind of access'] },
    { given: enters({ Type: 'BASIC_AUTH' }), says: ['….AccessConfigs[0].URI is missing; BASIC_AUTH needs it'] },
    {
      given: enters({ Type: 'BASIC_AUTH', URI: 'arn:aws:s3:::passwords' }),
      says: ['….AccessConfigs[0].URI must be the ARN of a secret of Secrets Manager for BASIC_AUTH'],
    },
  ];
  it.each(refused)('is refused with $given', ({ given, says: expected }) => {
    expect(says({ ...complete, ...given })).toEqual(expected);
  });

  it('is told everything that is wrong with it', () => {
    expect(says({ AccessConfigs: [{}] })).toHaveLength(4);
  });

  it('needs provisioned mode, and nothing else is told without it', () => {
    const needs = '… needs provisioned mode; set ProvisionedPollerConfig.MinimumPollers, or remove it';
    expect(says(complete, {})).toEqual([needs]);
    expect(says({ SchemaRegistryURI: 'x' }, {})).toEqual([needs]);
    expect(says(complete, { MaximumPollers: 5 })).toEqual([]);
  });
});
