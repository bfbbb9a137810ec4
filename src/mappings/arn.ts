/** The parts of `arn:partition:service:region:account:resource`. */
export interface Arn {
  readonly partition: string;
  readonly service: string;
  readonly region: string;
  readonly account: string;
  readonly resource: string;
}

const arnPattern =
  /^arn:(?<partition>aws[a-z-]*|millrace):(?<service>[a-zA-Z0-9-]+):(?<region>[a-z0-9-]*):(?<account>\d{12})?:(?<resource>.+)$/s;

export function parseArn(text: string): Arn | undefined {
  const groups = arnPattern.exec(text)?.groups;
  if (groups === undefined) return undefined;
  const { partition = '', service = '', region = '', account = '', resource = '' } = groups;
  return { partition, service, region, account, resource };
}

/** Whether a text is the ARN of a secret of Secrets Manager. */
export function isSecretArn(text: string): boolean {
  const arn = parseArn(text);
  return arn?.service === 'secretsmanager' && /^secret:./.test(arn.resource);
}

/** The partition that a region belongs to; made-up regions such as `ddblocal` count as AWS's main one. */
export function partitionOf(region: string): string {
  if (region.startsWith('cn-')) return 'aws-cn';
  return region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws';
}

/** Where everything of a configuration lives. */
export interface Home {
  readonly region: string;
  readonly account: string;
}

/** The ARN of a mapping. */
export function mappingArn(uuid: string, home: Home): string {
  return lambdaArn(home, `event-source-mapping:${uuid}`);
}

/** `arn:aws:lambda:<region>:<account>:<resource>` in the partition of the region. */
export function lambdaArn({ region, account }: Home, resource: string): string {
  return `arn:${partitionOf(region)}:lambda:${region}:${account}:${resource}`;
}
