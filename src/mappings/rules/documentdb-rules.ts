import { waysOfAccess } from './access-rules.js';
import { givesRequired, requiredParameter, takesParameters } from './accepted-parameters.js';
import { userAndPassword } from './broker-rules.js';
import { startingTime } from './position-rules.js';
import { inOneRegion, none, problem, timeoutOfFunction, type Candidate, type Findings, type Rule } from './rules.js';

const takes = takesParameters({
  Topics: 'DocumentDBEventSourceConfig names the database',
  Queues: 'DocumentDBEventSourceConfig names the database',
  FilterCriteria: 'DocumentDB mappings have no filters',
});

const database: Rule = ({ request: { DocumentDBEventSourceConfig: config } }) =>
  config === undefined || config.DatabaseName !== undefined
    ? none
    : problem(['DocumentDBEventSourceConfig', 'DatabaseName'], 'is missing; it must name the database', {
        aws: requiredParameter('DatabaseName'),
      });

const afterFunction: readonly Rule[] = [
  givesRequired,
  inOneRegion,
  database,
  waysOfAccess,
  userAndPassword,
  startingTime,
  timeoutOfFunction,
];

/** What the rules of DocumentDB say to a request. */
export function documentDbRules(candidate: Candidate): Findings {
  return { beforeFunction: takes(candidate), afterFunction: afterFunction.flatMap((rule) => rule(candidate)) };
}
