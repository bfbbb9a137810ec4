import { describe, expect, it } from 'vitest';
import type { Configuration } from '../../src/config/configuration.js';
import type { ConfigurationInput } from '../../src/config/input.js';
import { parseConfiguration } from '../support/parse-configuration.js';
import type { MappingInput } from '../../src/mappings/schema/request.js';
import { addressOf, endpointVariables, idleServers, resolveEndpoints } from '../../src/config/resolve-endpoints.js';

const real = '123456789012';
const none = '000000000000';

function configuration(
  account: string,
  endpoints: ConfigurationInput['endpoints'] = {},
  queues = ['orders'],
): Configuration {
  return parseConfiguration(
    {
      account,
      functions: { f: { Handler: 'a.handler' } },
      mappings: queues.map((queue) => ({
        FunctionName: 'f',
        EventSourceArn: `arn:aws:sqs:us-east-1:${account}:${queue}`,
      })),
      endpoints,
    },
    { root: '/project' },
  );
}

const linesOf = (given: Configuration, env = {}): readonly string[] =>
  resolveEndpoints(given, env).map(({ line }) => line);

describe('calls to SQS', () => {
  const url = 'http://localhost:9324';
  const rows: readonly {
    when: string;
    endpoints?: ConfigurationInput['endpoints'];
    env?: Record<string, string>;
    go: string;
  }[] = [
    { when: 'endpoints.sqs is a URL', endpoints: { sqs: url }, go: url },
    { when: 'only endpoints.aws is given', endpoints: { aws: 'http://localhost:4566' }, go: 'http://localhost:4566' },
    { when: 'both are given', endpoints: { aws: 'http://localhost:4566', sqs: url }, go: url },
    {
      when: 'the queue has an address of its own',
      endpoints: { sqs: 'http://h', [`arn:aws:sqs:us-east-1:${none}:orders`]: url },
      go: url,
    },
    { when: 'endpoints.sqs is embedded', endpoints: { sqs: 'embedded' }, go: 'embedded' },
    { when: 'the environment has AWS_ENDPOINT_URL', env: { AWS_ENDPOINT_URL: url }, go: url },
    { when: 'the environment has both', env: { AWS_ENDPOINT_URL: 'http://h', AWS_ENDPOINT_URL_SQS: url }, go: url },
    {
      when: 'configuration and environment disagree',
      endpoints: { aws: url },
      env: { AWS_ENDPOINT_URL_SQS: 'http://h' },
      go: url,
    },
    { when: 'the URL has a password', endpoints: { sqs: 'http://user:hunter2@host:1/' }, go: 'http://***@host:1/' },
  ];
  it.each(rows)('go to $go when $when', ({ endpoints, env, go }) => {
    expect(linesOf(configuration(none, endpoints), env)).toEqual([`SQS → ${go}, account ${none}, us-east-1`]);
  });

  it('go to AWS when nothing says otherwise, which stands out', () => {
    expect(resolveEndpoints(configuration(real), {})).toEqual([
      {
        service: 'sqs',
        target: 'AWS',
        account: real,
        region: 'us-east-1',
        line: `SQS → AWS, account ${real}, us-east-1`,
        note: 'an endpoint_url in the shared AWS config file, which the AWS SDK reads by itself, is not shown here',
      },
    ]);
  });

  it('go to AWS when the addresses of the environment are to be ignored', () => {
    const env = { AWS_ENDPOINT_URL: url, AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: 'true' };
    expect(addressOf(configuration(real), env, 'sqs')).toEqual({ target: 'AWS' });
  });

  it('are listed once for each address', () => {
    const endpoints = { sqs: url, [`arn:aws:sqs:us-east-1:${none}:c`]: 'http://localhost:1' };
    expect(linesOf(configuration(none, endpoints, ['a', 'b', 'c']))).toEqual([
      `SQS → ${url}, account ${none}, us-east-1`,
      `SQS → http://localhost:1, account ${none}, us-east-1`,
    ]);
  });

  it('are none without mappings', () => {
    expect(linesOf(configuration(none, {}, []))).toEqual([]);
  });

  it('never go to AWS for the account that does not exist', () => {
    expect(() => resolveEndpoints(configuration(none), {})).toThrow(
      'calls to SQS would go to real AWS, but the account is 000000000000, which does not exist there; give the address of a local server (endpoints: { sqs: http://localhost:9324 }, or sqs: embedded), or set account to the AWS account that is meant',
    );
  });
});

const f = { f: { Handler: 'a.handler' } };
const onFailure = (Destination: string) => ({ OnFailure: { Destination } });
const open = (): never => {
  throw new Error('not opened here');
};
const streamOf = (account: string) => `arn:aws:kinesis:us-east-1:${account}:stream/clicks`;
const tableOf = (account: string) => `arn:aws:dynamodb:us-east-1:${account}:table/items`;

function streams(input: Partial<ConfigurationInput>, ...mappings: readonly Partial<MappingInput>[]): Configuration {
  const base = { FunctionName: 'f', StartingPosition: 'LATEST' } as const;
  return parseConfiguration(
    { account: real, functions: f, ...input, mappings: mappings.map((mapping) => ({ ...base, ...mapping })) },
    { root: '/project' },
  );
}

describe('calls to the other services', () => {
  it('are listed for every source, destination, and the table of checkpoints', () => {
    const given = streams(
      { endpoints: { kinesis: 'embedded', dynamodb: 'http://d' }, state: 'dynamodb://checkpoints?region=eu-west-1' },
      {
        EventSourceArn: streamOf(real),
        DestinationConfig: onFailure('arn:aws:sns:eu-central-1:210987654321:failures'),
      },
      { EventSourceArn: tableOf(real), DestinationConfig: onFailure('arn:aws:s3:::failed-batches') },
      { EventSourceArn: `${tableOf(real)}2`, DestinationConfig: onFailure(`arn:aws:sqs:us-east-1:${real}:failures`) },
    );
    expect(linesOf(given, { AWS_ENDPOINT_URL_S3: 'http://s' })).toEqual([
      `Kinesis → embedded, account ${real}, us-east-1`,
      `DynamoDB → http://d, account ${real}, us-east-1`,
      'SNS → AWS, account 210987654321, eu-central-1',
      `S3 → http://s, account ${real}, us-east-1`,
      `SQS → AWS, account ${real}, us-east-1`,
      `DynamoDB → http://d, account ${real}, eu-west-1`,
    ]);
  });

  it('are none for a source of the configuration, and for checkpoints of queues', () => {
    const given = streams(
      { state: 'dynamodb://checkpoints', sources: [{ name: 'inbox', kind: 'queue', open }] },
      { EventSourceArn: `arn:millrace:inbox:us-east-1:${real}:mail`, StartingPosition: undefined },
    );
    expect(linesOf(given)).toEqual([]);
  });

  const addresses: readonly { when: string; arn: string; key: string }[] = [
    { when: 'of a stream', arn: streamOf(none), key: streamOf(none) },
    { when: 'of the stream for its consumer', arn: `${streamOf(none)}/consumer/fan:1`, key: streamOf(none) },
    { when: 'of the table for its stream', arn: `${tableOf(none)}/stream/2024`, key: tableOf(none) },
  ];
  it.each(addresses)('go to the address $when', ({ arn, key }) => {
    const given = streams({ account: none, endpoints: { [key]: 'http://own' } }, { EventSourceArn: arn });
    expect(linesOf(given)).toEqual([expect.stringMatching(/ → http:\/\/own, account 000000000000, us-east-1$/)]);
    expect(given.notices).toEqual([]);
  });

  it('go to the address of the consumer itself rather than to that of its stream', () => {
    const arn = `${streamOf(none)}/consumer/fan:1`;
    const endpoints = { [streamOf(none)]: 'http://stream', [arn]: 'http://consumer' };
    expect(addressOf(streams({ account: none, endpoints }, { EventSourceArn: arn }), {}, 'kinesis', arn)).toEqual({
      target: 'custom',
      url: 'http://consumer',
    });
  });

  it.each(['AWS_ENDPOINT_URL_DYNAMODB', 'AWS_ENDPOINT_URL_DYNAMODB_STREAMS'])(
    'of DynamoDB go where %s says, for tables and streams alike',
    (name) => {
      expect(addressOf(streams({}), { AWS_ENDPOINT_URL: 'http://h', [name]: 'http://d' }, 'dynamodb')).toEqual({
        target: 'custom',
        url: 'http://d',
      });
    },
  );

  const refused: readonly { given: Configuration; says: string }[] = [
    {
      given: streams({ account: none }, { EventSourceArn: streamOf(none) }),
      says: 'calls to Kinesis would go to real AWS, but the account is 000000000000, which does not exist there; give the address of a local server (endpoints: { kinesis: http://localhost:4567 }, or kinesis: embedded), or set account to the AWS account that is meant',
    },
    {
      given: streams({}, { EventSourceArn: tableOf(none) }),
      says: `calls to DynamoDB would go to real AWS, but ${tableOf(none)} is of account 000000000000, which does not exist there; give the address of a local server (endpoints: { dynamodb: http://localhost:8000 }), or set`,
    },
    {
      given: streams(
        { account: none, endpoints: { kinesis: 'embedded' } },
        { EventSourceArn: streamOf(none), DestinationConfig: onFailure('arn:aws:s3:::failed-batches') },
      ),
      says: 'calls to S3 would go to real AWS, but the account is 000000000000',
    },
    {
      given: streams(
        { account: none, endpoints: { kinesis: 'embedded' }, state: 'dynamodb://checkpoints' },
        { EventSourceArn: streamOf(none) },
      ),
      says: 'calls to DynamoDB would go to real AWS, but the account is 000000000000',
    },
  ];
  it.each(refused)('never go to AWS for the account that does not exist: $says', ({ given, says }) => {
    expect(() => resolveEndpoints(given, {})).toThrow(says);
  });
});

describe('the environment of functions', () => {
  it('has the address of every configured service', () => {
    const given = configuration(none, {
      sqs: 'embedded',
      sns: 'embedded',
      dynamodb: 'http://d',
      secretsmanager: 'http://s',
    });
    expect(endpointVariables(given, { sqs: 'http://127.0.0.1:1' })).toEqual({
      AWS_ENDPOINT_URL_SQS: 'http://127.0.0.1:1',
      AWS_ENDPOINT_URL_DYNAMODB: 'http://d',
      AWS_ENDPOINT_URL_DYNAMODB_STREAMS: 'http://d',
      AWS_ENDPOINT_URL_SECRETS_MANAGER: 'http://s',
    });
  });

  it('has the one address of all services too', () => {
    expect(endpointVariables(configuration(none, { aws: 'http://a', s3: 'http://b' }), {})).toEqual({
      AWS_ENDPOINT_URL: 'http://a',
      AWS_ENDPOINT_URL_SQS: 'http://a',
      AWS_ENDPOINT_URL_SNS: 'http://a',
      AWS_ENDPOINT_URL_S3: 'http://b',
      AWS_ENDPOINT_URL_KINESIS: 'http://a',
      AWS_ENDPOINT_URL_DYNAMODB: 'http://a',
      AWS_ENDPOINT_URL_DYNAMODB_STREAMS: 'http://a',
      AWS_ENDPOINT_URL_SECRETS_MANAGER: 'http://a',
      AWS_ENDPOINT_URL_GLUE: 'http://a',
    });
  });

  it('has none of services that are left to the AWS SDK', () => {
    expect(endpointVariables(configuration(real), {})).toEqual({});
  });
});

describe('a server of our own that nothing of the file needs', () => {
  it('is told all the same: mappings may be made over the API', () => {
    const endpoints = { sqs: 'embedded', kinesis: 'embedded' } as const;
    const functions = { f: { Handler: 'a.b' } };
    const mappings = [{ FunctionName: 'f', EventSourceArn: 'arn:aws:sqs:us-east-1:000000000000:orders' }];
    const shop = parseConfiguration({ functions, mappings, endpoints }, { root: '/shop' });
    const started = { sqs: 'http://127.0.0.1:1', kinesis: 'http://127.0.0.1:2' };
    const told = idleServers(shop, resolveEndpoints(shop, {}), started);
    expect(told.map(({ line }) => line)).toEqual(['Kinesis → embedded, account 000000000000, us-east-1']);
  });
});
