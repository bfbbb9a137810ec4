import { describe, expect, it } from 'vitest';
import { sourceTypes } from '../../src/contracts/source-description.js';
import { describeMapping } from '../../src/mappings/mapping-description.js';
import { definitionOf, fieldTakers, knownSources } from '../../src/sources/registry.js';
import { madeOf } from '../mappings/mapping-world.js';

const { builtIn } = knownSources(new Map());

describe('the sources that come with millrace', () => {
  it('are those of AWS, of which three are polled', () => {
    expect(builtIn.map(({ description: { kind }, polled }) => `${kind}${polled ? '' : ', not polled'}`)).toEqual([
      'sqs',
      'kinesis',
      'dynamodb',
      'msk, not polled',
      'self-managed-kafka, not polled',
      'mq, not polled',
      'documentdb, not polled',
    ]);
  });

  it.each(sourceTypes)('have a mapping of type %s that is described by one of them', (type) => {
    const { description, source, kind } = madeOf(type);
    expect(description.kind).toBe(source.kind);
    expect(description.typeOf(madeOf(type).request)).toBe(type);
    const definition = definitionOf(source, new Map());
    expect(definition?.kind ?? 'unpolled').toBe(kind);
  });

  it.each(sourceTypes)('echo of a batch what AWS echoes: %s', (type) => {
    const mapping = madeOf(type);
    const told = { ...mapping, functionArn: mapping.function.arn };
    const condition = { state: 'Enabled', lastModified: 0, lastProcessingResult: '' };
    const batching = mapping.description.batching(mapping.source);
    expect(describeMapping({ ...told, batching }, condition)).toEqual(describeMapping(told, condition));
  });

  it('wait half a second for a batch where Lambda does', () => {
    const windows = sourceTypes.map((type) => {
      const { description, source } = madeOf(type);
      return [type, description.batching(source).window?.defaultMs];
    });
    expect(Object.fromEntries(windows)).toEqual({
      sqs: 0,
      kinesis: 0,
      dynamodb: 0,
      msk: 500,
      'self-managed-kafka': 500,
      activemq: 500,
      rabbitmq: 500,
      documentdb: 500,
    });
  });

  it('say which of them take what can be sent beside a body', () => {
    expect(fieldTakers('group')).toEqual(['sqs']);
    expect(fieldTakers('key')).toEqual(['kinesis', 'custom']);
  });
});
