import { failure } from './api-failure.js';
import { invalidParameter, validationError, violation, type AwsError } from '../mappings/schema/problem.js';

const maxItemsRange = { min: 1, max: 10_000 } as const;

/** Lambda never returns more at once, whatever is asked for. */
const largestPage = 100;

interface Numbered {
  readonly number: number;
}

interface Page<T> {
  readonly items: readonly T[];
  /** Where the next page begins; undefined on the last one. */
  readonly nextMarker: string | undefined;
}

/** A page of a list that is in order. A marker stays good when what it stands for is deleted. */
export function pageOf<T extends Numbered>(
  all: readonly T[],
  { marker, maxItems = largestPage }: { readonly marker?: string | undefined; readonly maxItems?: number | undefined },
): Page<T> {
  const after = marker === undefined || marker === '' ? Number.NEGATIVE_INFINITY : numberOf(marker);
  const rest = all.filter(({ number }) => number > after);
  const items = rest.slice(0, Math.min(maxItems, largestPage));
  const last = items.at(-1);
  return { items, nextMarker: last === undefined || items.length === rest.length ? undefined : markerOf(last.number) };
}

function markerOf(number: number): string {
  return Buffer.from(`after:${number}`).toString('base64url');
}

function numberOf(marker: string): number {
  const [, digits] = /^after:(\d{1,15})$/.exec(Buffer.from(marker, 'base64url').toString()) ?? [];
  if (digits !== undefined) return Number(digits);
  throw failure(invalidMarker);
}

/** `MaxItems` of a request; throws an `ApiFailure`. */
export function maxItemsOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const problem = maxItemsProblem(text);
  if (problem !== undefined) throw failure(problem);
  return Number(text);
}

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
