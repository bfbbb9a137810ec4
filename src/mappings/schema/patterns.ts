/** A pattern of the service model: as AWS writes it in its errors, and what is asked of a text here. */
interface ModelPattern {
  readonly aws: string;
  readonly pattern: RegExp;
}

/** A text matches as a whole, as in Java, which AWS uses. `or`: what AWS would refuse and is taken here. */
function whole(aws: string, { or, flags }: { readonly or?: string; readonly flags?: string } = {}): ModelPattern {
  return { aws, pattern: new RegExp(`^(?:${or === undefined ? aws : `${aws}|${or}`})$`, flags) };
}

const arn = String.raw`arn:(aws[a-zA-Z0-9-]*):([a-zA-Z0-9\-])+:([a-z]{2}(-gov)?-[a-z]+-\d{1})?:(\d{12})?:(.*)`;
/** Regions of local servers, such as `ddblocal`, are none to AWS. */
const arnOfAnyRegion = String.raw`arn:aws[a-zA-Z0-9-]*:[a-zA-Z0-9-]+:[a-z][a-z0-9-]*:(\d{12})?:(.*)`;
const name = String.raw`[a-zA-Z0-9-_]+`;

/** The patterns of the service model that say anything. */
export const patterns = {
  functionName: whole(
    String.raw`(arn:(aws[a-zA-Z-]*)?:lambda:)?([a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:)?(\d{12}:)?(function:)?([a-zA-Z0-9-_\.]+)(:(\$LATEST(\.PUBLISHED)?|[a-zA-Z0-9-_]+))?`,
    { or: String.raw`arn:aws[a-z-]*:lambda:[a-z][a-z0-9-]*:\d{12}:function:${name}(:(\$LATEST|${name}))?` },
  ),
  /** Which ARNs name a source is for the rules to say, in words that help more than a pattern. */
  eventSourceArn: { aws: arn, pattern: /^arn:/ },
  arn: whole(arn, { or: arnOfAnyRegion }),
  destination: whole(
    String.raw`$|kafka://([^.]([a-zA-Z0-9\-_.]{0,248}))|arn:(aws[a-zA-Z0-9-]*):([a-zA-Z0-9\-])+:([a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1})?:(\d{12})?:(.*)`,
    { or: arnOfAnyRegion },
  ),
  key: whole(String.raw`(arn:(aws[a-zA-Z-]*)?:[a-z0-9-.]+:.*)|()`),
  pollerGroup: whole(String.raw`[a-zA-Z0-9-_]*`),
  topic: whole(String.raw`[^.]([a-zA-Z0-9\-_.]+)`),
  endpoint: whole(
    String.raw`(([a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9\-]*[a-zA-Z0-9])\.)*([A-Za-z0-9]|[A-Za-z0-9][A-Za-z0-9\-]*[A-Za-z0-9]):[0-9]{1,5}`,
  ),
  uri: whole(String.raw`[ a-zA-Z0-9-\/*:_+=.@-]*`),
  registryUri: whole(String.raw`[a-zA-Z0-9-\/*:_+=.@-]*`),
  database: whole(String.raw`[^ /\.$\x22]*`),
  collection: whole(String.raw`(^(?!(system\x2e)))(^[_a-zA-Z0-9])([^$]*)`),
  tag: whole(String.raw`^([\p{L}\p{Z}\p{N}_.:/=+\-@]*)$`, { flags: 'u' }),
} as const satisfies Record<string, ModelPattern>;
