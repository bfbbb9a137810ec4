import type { DestinationDescription } from '../../contracts/destination-description.js';
import type { SourceDescription, SourceRef, SourceType } from '../../contracts/source-description.js';
import { parsePattern, whyInvalid } from '../../filters/parse-pattern.js';
import { invalidParameter, type AwsError, type Path, type Problem } from '../schema/problem.js';
import type { MappingInput } from '../schema/request.js';

// Rules that sources share, and what rules are made of. Their own are in queue-rules.ts, stream-rules.ts, kafka-rules.ts,
// broker-rules.ts and documentdb-rules.ts; which parameters a source takes is in accepted-parameters.ts.

/** A request whose parts have the right shape, and the source it names. */
export interface Candidate {
  readonly request: MappingInput;
  /** Parameters that were given and left out of `request`, because what is wrong with them has been reported. */
  readonly malformed: ReadonlySet<string>;
  readonly source: SourceRef;
  readonly description: SourceDescription;
  /** What failures may be reported to. */
  readonly destinations: readonly DestinationDescription[];
  readonly type: SourceType;
  /** Where the functions are. */
  readonly region: string;
  readonly account: string;
  /** In milliseconds since the epoch. */
  readonly now: number;
  /** `Timeout` of the function, where there is one of that name. */
  readonly functionTimeoutMs: number | undefined;
}

export type Rule = (candidate: Candidate) => readonly Problem[];

/** What the rules of a source say to a request. */
export interface Findings {
  /** What AWS reports rather than that the function does not exist. */
  readonly beforeFunction: readonly Problem[];
  readonly afterFunction: readonly Problem[];
}

export const none: readonly Problem[] = [];

export function problem(path: Path, message: string, more: { got?: unknown; aws?: AwsError } = {}): readonly Problem[] {
  const got = 'got' in more ? { got: { value: more.got } } : {};
  return [{ path, message, ...got, ...(more.aws === undefined ? {} : { aws: more.aws }) }];
}

/** `SQS mappings`; sources that the configuration adds go by their own name. */
export function mappingsOf({ label }: SourceDescription): string {
  return `${label} mappings`;
}

/** Lambda calls no function of another Region. A source that the configuration adds is where it says it is. */
export const inOneRegion: Rule = ({ source, description: { noun, reached }, region }) => {
  if (reached.kind === 'own' || source.region === undefined || source.region === region) return none;
  return problem(
    ['EventSourceArn'],
    `is in ${source.region}, and the functions are in ${region}: a ${noun} and its function must be in one region (set region in the configuration, or change this ARN)`,
  );
};

const invalidPattern = invalidParameter('Invalid filter pattern definition.');

export const validPatterns: Rule = ({ request: { FilterCriteria }, description }) =>
  (FilterCriteria?.Filters ?? []).flatMap(({ Pattern }, index) => {
    const path = ['FilterCriteria', 'Filters', index, 'Pattern'];
    if (Pattern === undefined) return problem(path, 'is missing; it must be a filter pattern: JSON in a string');
    const invalid = whyInvalid(Pattern);
    const because = invalid === undefined ? neverMatches(Pattern, description) : invalid.message;
    return because === undefined
      ? none
      : problem(path, `is not a valid filter pattern: ${because}`, { aws: invalidPattern });
  });

/** Where the data of a record is always an object, as of DynamoDB, AWS refuses patterns that want text there. */
function neverMatches(pattern: string, { filter }: SourceDescription): string | undefined {
  if (filter?.objectLike === undefined) return undefined;
  const { dataKey, objectLike } = filter;
  const wantsText = parsePattern(pattern).some(({ fields }) => fields.some(({ path }) => path === dataKey));
  return wantsText ? `${dataKey} is an object, such as ${objectLike}, never text` : undefined;
}

/** Groups of metrics that only pollers of Kafka have. */
export const metricsOfSource: Rule = ({ request: { MetricsConfig }, description, type }) => {
  if (type === 'msk' || type === 'self-managed-kafka') return none;
  return (MetricsConfig?.Metrics ?? []).flatMap((group, index) =>
    group === 'EventCount'
      ? none
      : problem(['MetricsConfig', 'Metrics', index], `must be EventCount for ${mappingsOf(description)}`, {
          got: group,
        }),
  );
};

/** Lambda gives up a call of these pollers after this time. */
const longestBrokerTimeoutMs = 14 * 60_000;

export const timeoutOfFunction: Rule = ({ description, functionTimeoutMs = 0 }) =>
  functionTimeoutMs <= longestBrokerTimeoutMs
    ? none
    : problem(
        ['FunctionName'],
        `names a function with a Timeout of ${functionTimeoutMs / 1_000} seconds; ${mappingsOf(description)} take up to ${longestBrokerTimeoutMs / 1_000}`,
      );
