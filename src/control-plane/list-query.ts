import { invalidParameter, validationError, violation, type AwsError } from '../mappings/schema/problem.js';

const maxItemsRange = { min: 1, max: 10_000 } as const;

/** How AWS refuses the `MaxItems` of a list, or undefined. */
export function maxItemsProblem(text: string): AwsError | undefined {
  if (!/^-?\d+$/.test(text)) {
    const message = "STRING_VALUE can not be converted to an Integer at 'maxItems'";
    return { status: 400, code: 'SerializationException', message };
  }
  const { min, max } = maxItemsRange;
  if (Number(text) < min) return outOfRange(text, `greater than or equal to ${min}`);
  return Number(text) > max ? outOfRange(text, `less than or equal to ${max}`) : undefined;
}

function outOfRange(text: string, bound: string): AwsError {
  return validationError([violation(text, 'maxItems', `Member must have value ${bound}`)]);
}

export const invalidMarker = invalidParameter('Invalid Marker: give the NextMarker of the page before.');
