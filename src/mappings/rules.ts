import { sourceRules } from '../filters/record-view.js';
import { parsePattern, whyInvalid } from '../filters/parse-pattern.js';
import type { QueueRef, StreamRef } from './event-source-mapping.js';
import { acceptance, parameterNames, type SourceType } from './parameters.js';
import { invalidParameter, type AwsError, type Path, type Problem } from './problem.js';
import type { MappingInput, ParameterName } from './request.js';
import { sourceForms } from './source-arn.js';

// Rules that queues and streams share, and what rules are made of. Their own are in queue-rules.ts and stream-rules.ts.

/** A request whose parts have the right shape, and the source it names. */
export interface Candidate<Source extends QueueRef | StreamRef = QueueRef | StreamRef> {
  readonly request: MappingInput;
  /** Parameters that were given and left out of `request`, because what is wrong with them has been reported. */
  readonly malformed: ReadonlySet<string>;
  readonly source: Source;
  /** Where the functions are. */
  readonly region: string;
  /** In milliseconds since the epoch. */
  readonly now: number;
}

export type Rule<C extends Candidate = Candidate> = (candidate: C) => readonly Problem[];

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
export function mappingsOf(source: QueueRef | StreamRef): string {
  return `${source.kind === 'custom' ? source.source : sourceForms[source.kind].label} mappings`;
}

/** Parameters that are given and that the source does not take. */
export function refusedParameters(request: MappingInput, source: SourceType): readonly ParameterName[] {
  return parameterNames.filter((name) => request[name] !== undefined && acceptance(name, source) === '-');
}

/** How AWS refuses a destination for what succeeded, and any destination of a queue. */
export const unsupportedDestination = invalidParameter(
  'Unsupported DestinationConfig parameter for given event source mapping type.',
);

/** Lambda calls no function of another Region. A source that the configuration adds is where it says it is. */
export const inOneRegion: Rule = ({ source, region }) => {
  if (source.kind === 'custom' || source.region === region) return none;
  const what = source.kind === 'sqs' ? 'queue' : 'stream';
  return problem(
    ['EventSourceArn'],
    `is in ${source.region}, and the functions are in ${region}: a ${what} and its function must be in one region (set region in the configuration, or change this ARN)`,
  );
};

const invalidPattern = invalidParameter('Invalid filter pattern definition.');

export const validPatterns: Rule = ({ request: { FilterCriteria }, source }) =>
  (FilterCriteria?.Filters ?? []).flatMap(({ Pattern }, index) => {
    const path = ['FilterCriteria', 'Filters', index, 'Pattern'];
    if (Pattern === undefined) return problem(path, 'is missing; it must be a filter pattern: JSON in a string');
    const invalid = whyInvalid(Pattern);
    const because = invalid === undefined ? neverMatches(Pattern, source) : invalid.message;
    return because === undefined
      ? none
      : problem(path, `is not a valid filter pattern: ${because}`, { aws: invalidPattern });
  });

/** The data of a DynamoDB record is always an object: AWS refuses patterns that want text there. */
function neverMatches(pattern: string, source: QueueRef | StreamRef): string | undefined {
  if (source.kind !== 'dynamodb') return undefined;
  const { dataKey } = sourceRules.dynamodb;
  const wantsText = parsePattern(pattern).some(({ fields }) => fields.some(({ path }) => path === dataKey));
  return wantsText ? `${dataKey} is an object, such as {"NewImage":{…}}, never text` : undefined;
}

export const notYet: Rule = ({ request: { MetricsConfig } }) =>
  (MetricsConfig?.Metrics ?? []).length > 0
    ? problem(['MetricsConfig'], 'is not supported by this version of millrace; remove it')
    : none;
