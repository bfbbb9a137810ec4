import { failure } from './api-failure.js';
import { invalidMarker } from './list-query.js';

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
