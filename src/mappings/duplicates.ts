import type { Unnamed } from './identity.js';
import type { AwsError } from './problem.js';

/** How AWS refuses a second mapping of the same function (and qualifier) to the same queue. */
export function duplicateError(existing: Unnamed): AwsError {
  const { source, function: fn, uuid } = existing;
  return {
    status: 409,
    code: 'ResourceConflictException',
    message:
      `An event source mapping with SQS arn (" ${source.arn} ") and function (" ${fn.name} ") already exists. ` +
      `Please update or delete the existing mapping with UUID ${uuid}`,
  };
}

/** Whether two mappings would be the same one to AWS. Another function, or another alias of it, is not. */
export function isDuplicate(one: Unnamed, other: Unnamed): boolean {
  return one.source.arn === other.source.arn && one.function.arn === other.function.arn;
}
