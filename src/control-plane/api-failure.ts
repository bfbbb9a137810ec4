import type { AwsError } from '../mappings/problem.js';

/** Errors of the control plane by the names that Lambda gives them. */
export type FailureCode =
  | AwsError['code']
  | 'RequestTooLargeException'
  | 'ResourceInUseException'
  | 'ResourceNotFoundException'
  | 'SerializationException';

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
