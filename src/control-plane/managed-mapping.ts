import type { MappingRef } from '../journal/events.js';
import type { StatusMapping } from '../readers/status/mapping-status.js';
import type { AnyMapping, EventSourceMapping } from '../mappings/event-source-mapping.js';
import type { MappingRecord } from '../mappings/mapping-record.js';
import { isQueueType } from '../mappings/rules/source-models.js';
import type { MappingService, Target } from './mapping-service.js';

/** What there is to run of a mapping, or why there is nothing. */
export type Runnable =
  | { readonly kind: 'mapping'; readonly mapping: AnyMapping }
  | { readonly kind: 'impossible'; readonly because: string };

/** A mapping that the control plane knows, and what runs it. */
export interface ManagedMapping {
  readonly ref: MappingRef;
  readonly service: MappingService;
  record: MappingRecord;
  runnable: Runnable;
  /** Of a mapping of the file: the parameters that stand there. */
  inFile: MappingRecord['request'] | undefined;
  /** Resolves when it is gone; undefined as long as it stays. */
  ending?: Promise<void>;
}

/** What there is to run of a mapping of the file. Of its request it has what the record has. */
export function runnableInFile(mapping: EventSourceMapping, { request }: MappingRecord, name: string): Runnable {
  return { kind: 'mapping', mapping: { ...mapping, request, name } };
}

/** What the service of a mapping is to do. */
export function targetOf({ record, runnable }: Pick<ManagedMapping, 'record' | 'runnable'>): Target {
  if (record.request.Enabled === false) return { kind: 'disabled', because: 'Enabled is false' };
  if (runnable.kind === 'impossible') return runnable;
  const { mapping } = runnable;
  if (mapping.kind !== 'unpolled') return { kind: 'deliver', mapping };
  const { label, typeLabel = label } = mapping.description;
  const because = `event sources of type ${typeLabel} are not polled by this version of millrace`;
  return { kind: 'impossible', because };
}

/** What the status of a mapping says of it beside what happens. */
export function statusMapping({
  ref,
  record,
  runnable,
}: Pick<ManagedMapping, 'ref' | 'record' | 'runnable'>): StatusMapping {
  const { EventSourceArn: arn, SelfManagedEventSource: cluster } = record.request;
  const description = runnable.kind === 'mapping' ? runnable.mapping.description : undefined;
  // Of what cannot be run now only the type is known.
  const model = description?.model ?? (isQueueType(record.sourceType) ? 'queue' : 'stream');
  return {
    ...ref,
    kind: model,
    ...(model === 'stream' && description !== undefined ? { partitionWord: description.partitionWord } : {}),
    source: arn ?? (cluster?.Endpoints?.['KAFKA_BOOTSTRAP_SERVERS'] ?? []).join(','),
    function: record.functionArn.split(':').slice(6).join(':'),
  };
}
