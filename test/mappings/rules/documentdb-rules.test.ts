import { describe, expect, it } from 'vitest';
import { clusterArn, invalid, madeOf, refusalOf, secret, sentencesOf } from '../mapping-world.js';

const documents = (config: object) => ({ DocumentDBEventSourceConfig: config });
const at = (StartingPosition: string, StartingPositionTimestamp?: unknown) => ({
  StartingPosition,
  StartingPositionTimestamp,
});

describe('a mapping of DocumentDB', () => {
  it.each([
    { given: { DatabaseName: 'shop' }, is: { database: 'shop', collection: undefined } },
    {
      given: { DatabaseName: 'shop', CollectionName: 'orders', FullDocument: 'UpdateLookup' },
      is: { database: 'shop', collection: 'orders' },
    },
  ])('reads a database or one of its collections: $given', ({ given, is }) => {
    expect(madeOf('documentdb', documents(given))).toMatchObject({
      kind: 'unpolled',
      sourceType: 'documentdb',
      source: { kind: 'documentdb', arn: clusterArn, cluster: 'docs', ...is },
    });
  });

  it.each([
    ['LATEST', undefined],
    ['TRIM_HORIZON', undefined],
    ['AT_TIMESTAMP', 1_700_000_000],
  ])('starts at %s %s', (position, time) => {
    expect(sentencesOf('documentdb', at(position, time))).toEqual([]);
  });

  it('has no filters, even when there are none in them', () => {
    const says = 'FilterCriteria is not a parameter of Amazon DocumentDB mappings; DocumentDB mappings have no filters';
    expect(sentencesOf('documentdb', { FilterCriteria: { Filters: [] } })).toEqual([says]);
  });
});

describe('a mapping of DocumentDB is refused when', () => {
  const rows = [
    {
      when: 'it does not name the database',
      given: documents({ CollectionName: 'orders' }),
      says: ['DocumentDBEventSourceConfig.DatabaseName is missing; it must name the database'],
    },
    {
      when: 'what is read is empty',
      given: documents({}),
      says: ['DocumentDBEventSourceConfig.DatabaseName is missing; it must name the database'],
    },
    {
      when: 'it is entered in another way',
      given: { SourceAccessConfigurations: [{ Type: 'SASL_SCRAM_512_AUTH', URI: secret }] },
      says: [
        'SourceAccessConfigurations[0].Type must be BASIC_AUTH for Amazon DocumentDB mappings, got "SASL_SCRAM_512_AUTH"',
        'SourceAccessConfigurations must have BASIC_AUTH for Amazon DocumentDB mappings',
      ],
    },
    {
      when: 'it starts at a time that is missing',
      given: at('AT_TIMESTAMP'),
      says: ['StartingPositionTimestamp is missing; StartingPosition AT_TIMESTAMP needs the time to start at'],
    },
    {
      when: 'it has a time and does not start at it',
      given: at('LATEST', 0),
      says: ['StartingPositionTimestamp needs StartingPosition AT_TIMESTAMP; set that, or remove it'],
    },
    {
      when: 'the cluster is in another Region',
      given: { EventSourceArn: clusterArn.replace('us-east-1', 'eu-west-1') },
      says: [
        'EventSourceArn is in eu-west-1, and the functions are in us-east-1: a cluster and its function must be in one region (set region in the configuration, or change this ARN)',
      ],
    },
    {
      when: 'its function takes over 14 minutes',
      given: { FunctionName: 'longer' },
      says: ['FunctionName names a function with a Timeout of 841 seconds; Amazon DocumentDB mappings take up to 840'],
    },
    {
      when: 'it names a topic or a queue',
      given: { Topics: ['events'], Queues: ['jobs'] },
      says: [
        'Topics is not a parameter of Amazon DocumentDB mappings; DocumentDBEventSourceConfig names the database',
        'Queues is not a parameter of Amazon DocumentDB mappings; DocumentDBEventSourceConfig names the database',
      ],
    },
  ];
  it.each(rows)('$when', ({ given, says }) => {
    expect(sentencesOf('documentdb', given)).toEqual(says);
  });

  it('but not when its function takes 14 minutes', () => {
    expect(sentencesOf('documentdb', { FunctionName: 'long' })).toEqual([]);
  });

  it('there is no database, as AWS says that a parameter is missing', () => {
    expect(refusalOf('documentdb', documents({ FullDocument: 'Default' }))).toEqual(
      invalid("Required 'databaseName' parameter is missing."),
    );
  });
});
