import { describe, expect, it } from 'vitest';
import { brokerArn, invalid, madeOf, refusalOf, secret, sentencesOf } from '../mapping-world.js';

const elsewhere = (region: string, account: string): string =>
  brokerArn.replace('us-east-1', region).replace('111111111111', account);
const accounts = [
  {
    when: 'another account',
    arn: elsewhere('us-east-1', '222222222222'),
    says: [
      'EventSourceArn is of account 222222222222, and the functions are of 111111111111: a broker and its function must be in one account (set account in the configuration, or change this ARN)',
    ],
  },
  {
    when: 'another Region',
    arn: elsewhere('eu-west-1', '111111111111'),
    says: [
      'EventSourceArn is in eu-west-1, and the functions are in us-east-1: a broker and its function must be in one region (set region in the configuration, or change this ARN)',
    ],
  },
];

describe.each(['activemq', 'rabbitmq'] as const)('a mapping of %s', (type) => {
  it('names its broker and its queue', () => {
    expect(madeOf(type)).toMatchObject({
      kind: 'unpolled',
      sourceType: type,
      source: {
        kind: 'mq',
        arn: brokerArn,
        region: 'us-east-1',
        account: '111111111111',
        broker: 'shop',
        id: 'b-9bcfa592-423a-4942-879d-eb284b418fc8',
        queue: 'jobs',
      },
    });
  });

  it.each([[], ['one', 'two'], ['']])('has exactly one queue: %j', (...Queues) => {
    expect(refusalOf(type, { Queues })).toMatchObject({ code: 'ValidationException' });
  });

  it.each(accounts)('reads no broker of $when', ({ arn, says }) => {
    expect(sentencesOf(type, { EventSourceArn: arn })).toEqual(says);
  });

  it('needs a user and a password', () => {
    const given = { SourceAccessConfigurations: [{ Type: 'VIRTUAL_HOST', URI: '/' }] };
    expect(sentencesOf(type, given)).toEqual([
      'SourceAccessConfigurations must have BASIC_AUTH for Amazon MQ mappings',
    ]);
    expect(refusalOf(type, { SourceAccessConfigurations: undefined })).toEqual(
      invalid("Required 'sourceAccessConfigurations' parameter is missing."),
    );
  });

  it('calls functions that take 14 minutes, and no longer', () => {
    expect(sentencesOf(type, { FunctionName: 'long' })).toEqual([]);
    expect(sentencesOf(type, { FunctionName: 'longer' })).toEqual([
      'FunctionName names a function with a Timeout of 841 seconds; Amazon MQ mappings take up to 840',
    ]);
  });

  it('has filters, which are checked', () => {
    const FilterCriteria = { Filters: [{ Pattern: 'null' }] };
    expect(refusalOf(type, { FilterCriteria })).toEqual(invalid('Invalid filter pattern definition.'));
  });

  it('takes batches of 10,000 without a window', () => {
    expect(sentencesOf(type, { BatchSize: 10_000 })).toEqual([]);
  });

  it('says what there is in place of what it does not take', () => {
    const given = {
      Topics: ['events'],
      StartingPosition: 'LATEST',
      FunctionResponseTypes: [],
      DestinationConfig: { OnFailure: {} },
      ScalingConfig: {},
    };
    expect(sentencesOf(type, given)).toEqual([
      'StartingPosition is not a parameter of Amazon MQ mappings; a queue has no position',
      'FunctionResponseTypes is not a parameter of Amazon MQ mappings; a batch succeeds or fails as a whole',
      'ScalingConfig is not a parameter of Amazon MQ mappings; remove it',
      'DestinationConfig is not a parameter of Amazon MQ mappings; the broker decides what becomes of messages that fail',
      'Topics is not a parameter of Amazon MQ mappings; Queues names the queue',
    ]);
  });
});

describe('the broker of a mapping', () => {
  it('is RabbitMQ when it has a virtual host, and is taken for ActiveMQ when it does not say', () => {
    const password = { Type: 'BASIC_AUTH', URI: secret };
    const host = { Type: 'VIRTUAL_HOST', URI: '/' };
    expect(madeOf('activemq', { SourceAccessConfigurations: [password] }).sourceType).toBe('activemq');
    expect(madeOf('activemq', { SourceAccessConfigurations: [host, password] }).sourceType).toBe('rabbitmq');
  });
});
