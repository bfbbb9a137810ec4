import { SourceError, type SourceErrorKind } from '../../delivery/queue-source.js';
import { messageOf } from '../../platform/millrace-error.js';
import { unreachable } from '../../platform/unreachable.js';

/** Error names of SQS, of AWS's front door, of the SDK's credential chain and of sockets, by what they mean for polling. */
const kinds: Readonly<Record<Exclude<SourceErrorKind, 'failed'>, readonly string[]>> = {
  missing: ['QueueDoesNotExist', 'AWS.SimpleQueueService.NonExistentQueue', 'QueueDeletedRecently'],
  denied: [
    'AccessDenied',
    'AccessDeniedException',
    'CredentialsProviderError',
    'ExpiredToken',
    'ExpiredTokenException',
    'IncompleteSignature',
    'InvalidAccessKeyId',
    'InvalidClientTokenId',
    'InvalidSecurity',
    'InvalidSignatureException',
    'MissingAuthenticationToken',
    'NotAuthorized',
    'OptInRequired',
    'SignatureDoesNotMatch',
    'TokenProviderError',
    'UnrecognizedClientException',
    'KmsAccessDenied',
  ],
  throttled: [
    'KmsThrottled',
    'OverLimit',
    'RequestLimitExceeded',
    'RequestThrottled',
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

interface SdkError {
  readonly name?: unknown;
  readonly code?: unknown;
  readonly Code?: unknown;
  readonly $metadata?: { readonly httpStatusCode?: number };
  readonly $response?: { readonly statusCode?: number };
}

/** Says what an error of the SDK means, with the address that was asked, for a person to act on. */
export function sqsError(error: unknown, address: string): SourceError {
  if (error instanceof SourceError) return error;
  const kind = kindOf(error);
  return new SourceError(kind, sentence(kind, error, address), { cause: error });
}

function kindOf(error: unknown): SourceErrorKind {
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

function sentence(kind: SourceErrorKind, error: unknown, address: string): string {
  switch (kind) {
    case 'missing':
      return `it does not exist at ${address}; create it, or check name, account and region of its ARN`;
    case 'denied':
      return `${address} denied access (${described(error)}); check the credentials and their permissions (sqs:ReceiveMessage, sqs:DeleteMessage, sqs:GetQueueAttributes, sqs:GetQueueUrl)`;
    case 'unreachable':
      return `no answer from ${address} (${described(error)}); start the service there, or correct endpoints.sqs`;
    case 'throttled':
      return `${address} asks to slow down (${described(error)})`;
    case 'failed':
      return `${address} answered ${described(error)}`;
    default:
      return unreachable(kind);
  }
}

function described(error: unknown): string {
  const { name, code } = (typeof error === 'object' && error !== null ? error : {}) as SdkError;
  const label = [code, name].find((text) => typeof text === 'string' && text !== 'Error' && text !== 'AggregateError');
  const status = statusOf(error ?? {});
  const message = messageOf(error).split('\n')[0] ?? '';
  const rubbish =
    error instanceof SyntaxError ? `something that is not SQS${status === undefined ? '' : `, HTTP ${status}`}: ` : '';
  return `${rubbish}${[label, message].filter((text) => text !== undefined && text !== '').join(': ')}`;
}
