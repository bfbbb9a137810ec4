import { SourceError, type SourceErrorKind } from '../contracts/source-error.js';
import { messageOf } from '../platform/millrace-error.js';
import { unreachable } from '../platform/unreachable.js';

/** Error names of services, of AWS's front door, of the SDK's credential chain and of sockets, by what they mean for a poller. */
const kinds: Readonly<Record<Exclude<SourceErrorKind, 'failed'>, readonly string[]>> = {
  missing: [
    'AWS.SimpleQueueService.NonExistentQueue',
    'NoSuchBucket',
    'NotFound',
    'NotFoundException',
    'QueueDeletedRecently',
    'QueueDoesNotExist',
    'ResourceNotFoundException',
  ],
  denied: [
    'AccessDenied',
    'AccessDeniedException',
    'AuthorizationError',
    'AuthorizationErrorException',
    'CredentialsProviderError',
    'ExpiredToken',
    'ExpiredTokenException',
    'IncompleteSignature',
    'InvalidAccessKeyId',
    'InvalidClientTokenId',
    'InvalidSecurity',
    'InvalidSignatureException',
    'KMSAccessDeniedException',
    'KmsAccessDenied',
    'MissingAuthenticationToken',
    'NotAuthorized',
    'OptInRequired',
    'SignatureDoesNotMatch',
    'TokenProviderError',
    'UnrecognizedClientException',
  ],
  throttled: [
    'KMSThrottlingException',
    'KmsThrottled',
    'LimitExceededException',
    'OverLimit',
    'ProvisionedThroughputExceededException',
    'RequestLimitExceeded',
    'RequestThrottled',
    'SlowDown',
    'Throttled',
    'ThrottledException',
    'Throttling',
    'ThrottlingException',
    'TooManyRequestsException',
  ],
  unreachable: [
    'EAI_AGAIN',
    'ECONNREFUSED',
    'ECONNRESET',
    'EHOSTUNREACH',
    'ENETUNREACH',
    'ENOTFOUND',
    'EPIPE',
    'ETIMEDOUT',
    'NetworkingError',
    'RequestTimeout',
    'TimeoutError',
  ],
};

/** The parts of an error of the AWS SDK that tell what it means. */
interface SdkError {
  readonly name?: unknown;
  readonly code?: unknown;
  readonly Code?: unknown;
  readonly $metadata?: { readonly httpStatusCode?: number };
  readonly $response?: { readonly statusCode?: number };
}

/** How the sentences about a service call it. */
export interface ServiceWords {
  /** How people call the service: `SQS`. */
  readonly service: string;
  /** The key of `endpoints` that names its address: `sqs`. */
  readonly endpoint: string;
  /** Where it is: a URL, or `SQS in us-east-1`. */
  readonly address: string;
  /** What a caller must be allowed to do. */
  readonly permissions: readonly string[];
}

/** Says what an error of the SDK means, with the address that was asked, for a person to act on. */
export function serviceError(error: unknown, words: ServiceWords): SourceError {
  if (error instanceof SourceError) return error;
  const kind = serviceErrorKind(error);
  return new SourceError(kind, sentence(kind, error, words), { cause: error });
}

/** What an error of the SDK means. */
export function serviceErrorKind(error: unknown): SourceErrorKind {
  if (typeof error !== 'object' || error === null) return 'failed';
  const { name, code, Code } = error as SdkError;
  for (const text of [name, code, Code]) {
    const kind = (Object.keys(kinds) as (keyof typeof kinds)[]).find(
      (each) => typeof text === 'string' && kinds[each].includes(text),
    );
    if (kind !== undefined) return kind;
  }
  const status = statusOf(error);
  if (status === 401 || status === 403) return 'denied';
  if (status === 429 || status === 503) return 'throttled';
  return 'failed';
}

function statusOf(error: SdkError): number | undefined {
  return error.$metadata?.httpStatusCode ?? error.$response?.statusCode;
}

function sentence(kind: SourceErrorKind, error: unknown, words: ServiceWords): string {
  const { service, endpoint, address, permissions } = words;
  switch (kind) {
    case 'missing':
      return `it does not exist at ${address}; create it, or check name, account and region of its ARN`;
    case 'denied':
      return `${address} denied access (${described(error, service)}); check the credentials and their permissions (${permissions.join(', ')})`;
    case 'unreachable':
      return `no answer from ${address} (${described(error, service)}); start the service there, or correct endpoints.${endpoint}`;
    case 'throttled':
      return `${address} asks to slow down (${described(error, service)})`;
    case 'failed':
      return `${address} answered ${described(error, service)}`;
    default:
      return unreachable(kind);
  }
}

function described(error: unknown, service: string): string {
  const { name, code } = (typeof error === 'object' && error !== null ? error : {}) as SdkError;
  const label = [code, name].find((text) => typeof text === 'string' && text !== 'Error' && text !== 'AggregateError');
  const status = statusOf(error ?? {});
  const message = messageOf(error).split('\n')[0] ?? '';
  const rubbish =
    error instanceof SyntaxError
      ? `something that is not ${service}${status === undefined ? '' : `, HTTP ${status}`}: `
      : '';
  return `${rubbish}${[label, message].filter((text) => text !== undefined && text !== '').join(': ')}`;
}
