import type { Unnamed } from './identity.js';
import type { AwsError } from './problem.js';

/** How AWS refuses a second mapping of the same function (and qualifier) to the same source. */
export function duplicateError(existing: Unnamed): AwsError {
  const { source, function: fn, uuid } = existing;
  const clash =
    source.kind === 'sqs'
      ? `An event source mapping with SQS arn (" ${source.arn} ") and function (" ${fn.name} ") already exists.`
      : `The event source arn (" ${source.arn} ") and function (" ${fn.name} ") provided mapping already exists.`;
  return {
    status: 409,
    code: 'ResourceConflictException',
    message: `${clash} Please update or delete the existing mapping with UUID ${uuid}`,
  };
}

/** Whether two mappings would be the same one to AWS. Another function, or another alias of it, is not. */
export function isDuplicate(one: Unnamed, other: Unnamed): boolean {
  return one.source.arn === other.source.arn && one.function.arn === other.function.arn;
}
