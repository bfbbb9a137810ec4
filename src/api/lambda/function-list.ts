import { invalidMarker, maxItemsProblem } from '../../control-plane/list-page.js';
import type { FunctionDefinition } from '../../functions/definition.js';
import { isVersion, latest } from '../../functions/environment-spec.js';
import { notOneOf, Refusal, refusalOf, validationRefusal } from './refusal.js';

/** A line of the list: a function, or with `FunctionVersion=ALL` one of its versions. */
interface ListedVersion {
  readonly definition: FunctionDefinition;
  /** Undefined where versions are not listed. */
  readonly qualifier: string | undefined;
}

interface FunctionPage {
  readonly items: readonly ListedVersion[];
  /** Where the next page begins; undefined on the last one. */
  readonly nextMarker: string | undefined;
}

/** Lambda never returns more at once, whatever is asked for. */
const largestPage = 50;

type Query = Readonly<Record<string, string>>;

/** A page of ListFunctions, in the order of names; a marker stays good when what it stands for is gone. */
export function functionPage(functions: readonly FunctionDefinition[], query: Query): FunctionPage | Refusal {
  const { FunctionVersion: version } = query;
  const broken = version === undefined ? undefined : notOneOf('functionVersion', version, ['ALL']);
  if (broken !== undefined) return validationRefusal([broken]);
  const maxItems = maxItemsOf(query['MaxItems']);
  if (maxItems instanceof Refusal) return maxItems;
  const after = positionOf(query['Marker']);
  if (after instanceof Refusal) return after;

  const all = functions.flatMap((definition) =>
    version === undefined ? [unversioned(definition)] : versions(definition),
  );
  const rest = all.toSorted(inOrder).filter((item) => after === undefined || compare(placeOf(item), after) > 0);
  const items = rest.slice(0, Math.min(maxItems, largestPage));
  const last = items.at(-1);
  return { items, nextMarker: last === undefined || items.length === rest.length ? undefined : markerOf(last) };
}

function unversioned(definition: FunctionDefinition): ListedVersion {
  return { definition, qualifier: undefined };
}

function versions(definition: FunctionDefinition): readonly ListedVersion[] {
  const numbered = [...definition.qualified.keys()].filter(isVersion);
  return [latest, ...numbered].map((qualifier) => ({ definition, qualifier }));
}

/** Where an item stands in the list: name, then version, `$LATEST` first. */
type Position = readonly [name: string, version: number];

function placeOf({ definition, qualifier }: ListedVersion): Position {
  return [definition.name, qualifier === undefined || qualifier === latest ? 0 : Number(qualifier)];
}

function compare([name, version]: Position, [otherName, otherVersion]: Position): number {
  if (name !== otherName) return name < otherName ? -1 : 1;
  return version - otherVersion;
}

function inOrder(a: ListedVersion, b: ListedVersion): number {
  return compare(placeOf(a), placeOf(b));
}

function markerOf(item: ListedVersion): string {
  return Buffer.from(placeOf(item).join(':')).toString('base64url');
}

function positionOf(marker: string | undefined): Position | undefined | Refusal {
  if (marker === undefined || marker === '') return undefined;
  const [, name, version] = /^([\w-]+):(\d{1,15})$/.exec(Buffer.from(marker, 'base64url').toString()) ?? [];
  if (name !== undefined) return [name, Number(version)];
  return refusalOf(invalidMarker);
}

function maxItemsOf(text: string | undefined): number | Refusal {
  if (text === undefined) return largestPage;
  const problem = maxItemsProblem(text);
  return problem === undefined ? Number(text) : refusalOf(problem);
}
