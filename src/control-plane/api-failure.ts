import type { AwsError } from '../mappings/schema/problem.js';
import { messageOf } from '../platform/millrace-error.js';

/** Errors of the control plane by the names that Lambda gives them. */
type FailureCode =
  | AwsError['code']
  | 'RequestTooLargeException'
  | 'ResourceInUseException'
  | 'ResourceNotFoundException'
  | 'SerializationException'
  | 'ServiceException';

/** Why an operation is refused, in the words of the Lambda API. */
export class ApiFailure extends Error {
  override readonly name = 'ApiFailure';
  readonly code: FailureCode;

  constructor(code: FailureCode, message: string) {
    super(message);
    this.code = code;
  }
}

export function failure({ code, message }: AwsError): ApiFailure {
  return new ApiFailure(code, message);
}

export function mappingNotFound(): ApiFailure {
  return new ApiFailure('ResourceNotFoundException', 'The resource you requested does not exist.');
}

export function mappingInUse(operation: 'update' | 'delete'): ApiFailure {
  const message = `Cannot ${operation} the event source mapping because it is in use.`;
  return new ApiFailure('ResourceInUseException', message);
}

/** What could not be kept was not done either: a restart must not take back what was answered. */
export function cannotStore(error: unknown): ApiFailure {
  const message = `The state folder of millrace cannot be written, so nothing was changed: ${messageOf(error)}`;
  return new ApiFailure('ServiceException', message);
}

export function stopping(): ApiFailure {
  return new ApiFailure('ServiceException', 'millrace is stopping.');
}
