import { waysOfAccess } from './access-rules.js';
import { givesRequired, takesParameters } from './accepted-parameters.js';
import {
  inOneRegion,
  mappingsOf,
  none,
  problem,
  timeoutOfFunction,
  validPatterns,
  type Candidate,
  type Findings,
  type Rule,
} from './rules.js';

const takes = takesParameters({
  Topics: 'Queues names the queue',
  StartingPosition: 'a queue has no position',
  DestinationConfig: 'the broker decides what becomes of messages that fail',
  FunctionResponseTypes: 'a batch succeeds or fails as a whole',
});

/** Brokers and databases let nobody in without a user and a password. */
export const userAndPassword: Rule = ({ request: { SourceAccessConfigurations: given = [] }, description }) =>
  given.length === 0 || given.some(({ Type }) => Type === 'BASIC_AUTH')
    ? none
    : problem(['SourceAccessConfigurations'], `must have BASIC_AUTH for ${mappingsOf(description)}`);

/** Lambda reads no broker of another account. */
const inOneAccount: Rule = ({ source, account }) =>
  source.account === account
    ? none
    : problem(
        ['EventSourceArn'],
        `is of account ${source.account}, and the functions are of ${account}: a broker and its function must be in one account (set account in the configuration, or change this ARN)`,
      );

const afterFunction: readonly Rule[] = [
  givesRequired,
  inOneRegion,
  inOneAccount,
  waysOfAccess,
  userAndPassword,
  timeoutOfFunction,
  validPatterns,
];

/** What the rules of Amazon MQ say to a request. */
export function brokerRules(candidate: Candidate): Findings {
  return { beforeFunction: takes(candidate), afterFunction: afterFunction.flatMap((rule) => rule(candidate)) };
}
