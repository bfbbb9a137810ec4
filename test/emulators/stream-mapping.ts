import type { SourceRef } from '../../src/contracts/source-description.js';
import type { DestinationRef, StreamMapping } from '../../src/mappings/event-source-mapping.js';
import { parseSourceArn } from '../../src/mappings/source-arn.js';
import { knownSources } from '../../src/sources/registry.js';

const account = '000000000000';
const known = knownSources(new Map());

/** A mapping of the stream clicks, with nothing set that can be left out. */
export function streamMapping(more: Partial<StreamMapping> = {}): StreamMapping {
  const source = more.source ?? kinesisStream('clicks');
  const uuid = '6b8f1a52-6a53-4c0a-9d8f-0c3f2b1f7a10';
  return {
    kind: 'stream',
    uuid,
    arn: `arn:aws:lambda:us-east-1:${account}:event-source-mapping:${uuid}`,
    name: 'clicks',
    enabled: true,
    function: { name: 'worker', qualifier: undefined, arn: `arn:aws:lambda:us-east-1:${account}:function:worker` },
    ...readAt(source.arn ?? ''),
    sourceType: 'kinesis',
    request: { FunctionName: 'worker' },
    batchSize: 100,
    windowMs: 0,
    reportsItemFailures: false,
    filters: [],
    startingPoint: { kind: 'TRIM_HORIZON' },
    parallelizationFactor: 1,
    bisects: false,
    maxRetries: undefined,
    maxAgeMs: undefined,
    tumblingWindowMs: 0,
    destination: undefined,
    ...more,
  };
}

export function kinesisStream(stream: string, region = 'us-east-1', consumer?: string): SourceRef {
  const suffix = consumer === undefined ? '' : `/consumer/${consumer}`;
  const arn = `arn:aws:kinesis:${region}:${account}:stream/${stream}${suffix}`;
  return readAt(arn).source;
}

export function tableStream(table: string): SourceRef {
  const arn = `arn:aws:dynamodb:us-east-1:${account}:table/${table}`;
  return readAt(arn).source;
}

function readAt(arn: string): Pick<StreamMapping, 'source' | 'description'> {
  const found = parseSourceArn(arn, known);
  if (found.kind !== 'source') throw new Error(`${arn} is of no source`);
  return { source: found.source, description: found.description };
}

export function destinationAt(kind: DestinationRef['kind'], name: string, region = 'us-east-1'): DestinationRef {
  const place = kind === 's3' ? { region: '', account: '' } : { region, account };
  return { kind, arn: `arn:aws:${kind}:${place.region}:${place.account}:${name}`, name, ...place };
}
