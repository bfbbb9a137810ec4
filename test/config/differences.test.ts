import { describe, expect, it } from 'vitest';
import type { Configuration } from '../../src/config/configuration.js';
import { compareConfigurations } from '../../src/config/differences.js';
import type { ConfigurationInput } from '../../src/config/input.js';
import { parseConfiguration } from '../support/parse-configuration.js';
import type { SourceDefinition } from '../../src/contracts/source-definition.js';

const root = '/project';

function configuration(input: ConfigurationInput): Configuration {
  return parseConfiguration(input, { root, file: '/project/millrace.yaml', defaultState: '/project/.millrace' });
}

function needsRestart(before: ConfigurationInput, after: ConfigurationInput): readonly string[] {
  return compareConfigurations(configuration(before), configuration(after)).needsRestart;
}

const source = (name: string): SourceDefinition => ({
  name,
  kind: 'queue',
  open: () => {
    throw new Error('not opened here');
  },
});
const inbox = source('inbox');
const orders = { Handler: 'a.handler' };
const mapping = { FunctionName: 'orders', EventSourceArn: 'arn:aws:sqs:us-east-1:000000000000:orders' };

describe('what needs a restart when it differs', () => {
  const rows: readonly (readonly [string, ConfigurationInput, ConfigurationInput])[] = [
    ['region', {}, { region: 'eu-west-1' }],
    ['account', {}, { account: '123456789012' }],
    ['sources', { sources: [inbox] }, { sources: [source('inbox')] }],
    ['endpoints', {}, { endpoints: { sqs: 'http://localhost:9324' } }],
    ['endpoints', { endpoints: { sqs: 'http://localhost:1' } }, { endpoints: { sqs: 'embedded' } }],
    ['endpoints', { endpoints: { aws: 'http://localhost:1' } }, { endpoints: { aws: 'http://localhost:2' } }],
    ['endpoints', {}, { endpoints: { 'arn:aws:sqs:us-east-1:000000000000:orders': 'http://localhost:1' } }],
    ['secrets', { secrets: { 'arn:a': { password: 'one' } } }, { secrets: { 'arn:a': { password: 'two' } } }],
    ['state', {}, { state: 'var' }],
    ['state', {}, { state: 'dynamodb://checkpoints' }],
    ['state', { state: 'dynamodb://checkpoints' }, { state: 'dynamodb://checkpoints?lease=20' }],
    ['state', { state: 'dynamodb://checkpoints' }, { state: 'dynamodb://checkpoints?region=eu-west-1' }],
    ['maximumConcurrency', {}, { maximumConcurrency: 10 }],
    ['tumblingWindowIdleSeconds', {}, { tumblingWindowIdleSeconds: 1 }],
    ['embedded', {}, { embedded: { shards: 2 } }],
    ['embedded', {}, { embedded: { maxReceiveCount: 3 } }],
    ['journal', {}, { journal: { files: 2 } }],
  ];
  it.each(rows)('%s: from %j to %j', (name, before, after) => {
    expect(needsRestart(before, after)).toEqual([name]);
    expect(needsRestart(after, before)).toEqual([name]);
  });

  it('is told all at once', () => {
    const after = { region: 'eu-west-1', state: 'var', journal: { files: 2 }, functions: { orders } };
    expect(needsRestart({}, after)).toEqual(['region', 'state', 'journal']);
  });

  it('names the region alone when a table of checkpoints follows it', () => {
    const state = 'dynamodb://checkpoints';
    expect(needsRestart({ state }, { state, region: 'eu-west-1' })).toEqual(['region']);
  });
});

describe('what needs no restart', () => {
  const rows: readonly (readonly [string, ConfigurationInput, ConfigurationInput])[] = [
    [
      'nothing that differs',
      { functions: { orders }, mappings: [mapping] },
      { functions: { orders }, mappings: [mapping] },
    ],
    ['functions and mappings', {}, { functions: { orders }, mappings: [mapping] }],
    ['a default that is written out', {}, { region: 'us-east-1', account: '000000000000', maximumConcurrency: 20 }],
    ['a folder of state that is written out', {}, { state: '.millrace' }],
    [
      'settings in another order',
      { endpoints: { sqs: 'http://localhost:1', sns: 'http://localhost:2' } },
      { endpoints: { sns: 'http://localhost:2', sqs: 'http://localhost:1' } },
    ],
    ['a source that comes', { sources: [inbox] }, { sources: [source('outbox'), inbox] }],
    ['a source that goes', { sources: [inbox, source('outbox')] }, { sources: [inbox] }],
  ];
  it.each(rows)('is %s', (_, before, after) => {
    expect(needsRestart(before, after)).toEqual([]);
  });
});
