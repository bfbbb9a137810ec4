import type { Context } from 'hono';
import { validationError, violation, type AwsError } from '../../mappings/schema/problem.js';
import { awsError, type AwsErrorCode } from '../aws-error.js';

interface Details {
  /** What the error has besides its message. */
  readonly more?: Readonly<Record<string, string>>;
  readonly retryAfterSeconds?: number;
}

/** Why a request is not carried out, in the words of the Lambda API. */
export class Refusal {
  readonly #code: AwsErrorCode;
  readonly #message: string;
  readonly #details: Details;

  constructor(code: AwsErrorCode, message: string, details: Details = {}) {
    this.#code = code;
    this.#message = message;
    this.#details = details;
  }

  answer(c: Context): Response {
    const { more, retryAfterSeconds } = this.#details;
    if (retryAfterSeconds !== undefined) c.header('Retry-After', String(retryAfterSeconds));
    return awsError(c, this.#code, this.#message, more);
  }
}

export function refusalOf({ code, message }: AwsError): Refusal {
  return new Refusal(code, message);
}

/** A parameter that breaks its declared shape. */
interface BrokenConstraint {
  readonly parameter: string;
  readonly value: string;
  readonly constraint: string;
}

/** All that are broken in one error, as the front door of AWS says it. */
export function validationRefusal(broken: readonly BrokenConstraint[]): Refusal {
  const violations = broken.map(({ parameter, value, constraint }) => violation(value, parameter, constraint));
  return refusalOf(validationError(violations));
}

/** A value that is not one of those that there are; undefined: it is. */
export function notOneOf(parameter: string, value: string, values: readonly string[]): BrokenConstraint | undefined {
  if (values.includes(value)) return undefined;
  return { parameter, value, constraint: `Member must satisfy enum value set: [${values.join(', ')}]` };
}
