import type { MappingSource } from './event-source-mapping.js';
import type { SourceType } from './schema/parameters.js';
import type { ReadableSource } from './readable-source.js';
import type { MappingInput } from './schema/request.js';
import { unreachable } from '../platform/unreachable.js';

/** Whose parameters, rules and defaults a mapping has. What the configuration adds takes what its kin of AWS takes. */
export function sourceTypeOf({ kind, ref }: ReadableSource, request: MappingInput): SourceType {
  switch (ref.kind) {
    case 'custom':
      return kind === 'queue' ? 'sqs' : 'kinesis';
    case 'mq':
      return hasVirtualHost(request) ? 'rabbitmq' : 'activemq';
    case 'sqs':
    case 'kinesis':
    case 'dynamodb':
    case 'msk':
    case 'self-managed-kafka':
    case 'documentdb':
      return ref.kind;
    default:
      return unreachable(ref);
  }
}

/** The ARN of a broker does not say what it runs. Only RabbitMQ has virtual hosts; all else is the same for both. */
function hasVirtualHost({ SourceAccessConfigurations = [] }: MappingInput): boolean {
  return SourceAccessConfigurations.some(({ Type }) => Type === 'VIRTUAL_HOST');
}

/** The text that stands for a source: its ARN, and what of it is read where the ARN does not say that. */
export function sourceText(source: MappingSource): string {
  switch (source.kind) {
    case 'self-managed-kafka':
      return `${source.servers.join(',')}/${source.topic}`;
    case 'msk':
      return `${source.arn}/${source.topic}`;
    case 'mq':
      return `${source.arn}/${source.queue}`;
    case 'documentdb':
      return [source.arn, source.database, source.collection ?? []].flat().join('/');
    case 'sqs':
    case 'kinesis':
    case 'dynamodb':
    case 'custom':
      return source.arn;
    default:
      return unreachable(source);
  }
}
