import { waysOfAccess } from './access-rules.js';
import { givesRequired, takesParameters } from './accepted-parameters.js';
import type { BrokerRef } from './event-source-mapping.js';
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
export const userAndPassword: Rule = ({ request: { SourceAccessConfigurations: given = [] }, source }) =>
  given.length === 0 || given.some(({ Type }) => Type === 'BASIC_AUTH')
    ? none
    : problem(['SourceAccessConfigurations'], `must have BASIC_AUTH for ${mappingsOf(source)}`);

const afterFunction: readonly Rule[] = [
  givesRequired,
  inOneRegion,
  waysOfAccess,
  userAndPassword,
  timeoutOfFunction,
  validPatterns,
];

/** What the rules of Amazon MQ say to a request. */
export function brokerRules(candidate: Candidate<BrokerRef>): Findings {
  return { beforeFunction: takes(candidate), afterFunction: afterFunction.flatMap((rule) => rule(candidate)) };
}
