import { addressOf } from '../config/resolve-endpoints.js';
import type { Configuration, Service } from '../config/configuration.js';
import type { QueueFacts } from '../contracts/queue-source.js';
import { createFunctionSet } from '../functions/function-set.js';
import { Journal } from '../journal/journal.js';
import type { EventSourceMapping, QueueMapping, StreamMapping } from '../mappings/event-source-mapping.js';
import { visibilityProblem } from '../mappings/visibility.js';
import { systemClock } from '../platform/clock.js';
import { messageOf } from '../platform/millrace-error.js';
import { systemRandom } from '../platform/random.js';
import { openQueue, openStream, sourceLabel } from './open-source.js';
import type { Place } from './reach.js';
import { destinationOf } from './start-mapping.js';

/** What a check found: an error keeps something from working, a warning is advice. */
export interface Finding {
  readonly level: 'ok' | 'warning' | 'error';
  /** `mapping orders` or `function orders`. */
  readonly subject: string;
  readonly message: string;
}

type Env = Readonly<Record<string, string | undefined>>;

/** Lambda's advice: a message must not come back while its batch may still be retried. */
const visibilityPerTimeout = 6;
/** Lambda's advice: fewer receives send messages to the dead-letter queue that were only throttled. */
const leastMaxReceiveCount = 5;

/** Loads every handler and looks at every source of a configuration, without taking a message. */
export async function checkRuntime(configuration: Configuration, env: Env): Promise<readonly Finding[]> {
  const functions = await checkFunctions(configuration);
  const mappings = await Promise.all(
    configuration.mappings.map((mapping) => checkMapping(mapping, configuration, env)),
  );
  return [...functions, ...mappings.flat(), ...checkUse(configuration)];
}

async function checkFunctions(configuration: Configuration): Promise<readonly Finding[]> {
  await using set = createFunctionSet({
    definitions: configuration.functions,
    region: configuration.region,
    endpointVariables: {},
    clock: systemClock,
    random: systemRandom,
    journal: new Journal(systemClock),
  });
  const wanted = [...configuration.functions.values()].flatMap(({ name, qualified }) => [
    { name, qualifier: undefined },
    ...[...qualified.keys()].map((qualifier) => ({ name, qualifier })),
  ]);
  // Awaited here: the set is closed when this returns, and a warm-up that is cut short tells nothing.
  return await Promise.all(
    wanted.map(async ({ name, qualifier }): Promise<Finding> => {
      const subject = `function ${qualifier === undefined ? name : `${name}:${qualifier}`}`;
      const error = await set.get(name, qualifier).warmUp();
      if (error === undefined) return { level: 'ok', subject, message: 'its handler loads' };
      return { level: 'error', subject, message: `${error.errorType}: ${error.errorMessage}` };
    }),
  );
}

async function checkMapping(
  mapping: EventSourceMapping,
  configuration: Configuration,
  env: Env,
): Promise<readonly Finding[]> {
  const subject = `mapping ${mapping.name}`;
  const service = serviceOf(mapping);
  if (service !== undefined && addressOf(configuration, env, service, mapping.source.arn).target === 'embedded') {
    const message = `${sourceLabel(mapping)} will be created on the embedded server`;
    return [{ level: 'ok', subject, message }];
  }
  const place: Place = { configuration, env, embedded: {} };
  try {
    return await (mapping.kind === 'queue' ? checkQueue(mapping, place) : checkStream(mapping, place));
  } catch (error) {
    return [{ level: 'error', subject, message: `${sourceLabel(mapping)}: ${messageOf(error)}` }];
  }
}

/** The service of a source; undefined for sources that the configuration adds. */
function serviceOf({ source }: EventSourceMapping): Service | undefined {
  return source.kind === 'custom' ? undefined : source.kind;
}

async function checkQueue(mapping: QueueMapping, place: Place): Promise<readonly Finding[]> {
  const source = await openQueue(mapping, place, true);
  try {
    return queueFindings(mapping, place.configuration, await source.describe());
  } finally {
    await source.close();
  }
}

async function checkStream(mapping: StreamMapping, place: Place): Promise<readonly Finding[]> {
  const source = await openStream(mapping, place);
  try {
    const { identityText } = await source.describe();
    const partitions = await source.partitions();
    return [
      ...streamFindings(mapping, identityText, partitions.filter(({ closed }) => !closed).length),
      ...(await checkDestination(mapping, place)),
    ];
  } finally {
    await source.close();
  }
}

async function checkDestination(mapping: StreamMapping, place: Place): Promise<readonly Finding[]> {
  const { destination: ref } = mapping;
  if (ref === undefined || addressOf(place.configuration, place.env, ref.kind).target === 'embedded') return [];
  const destination = destinationOf(mapping, { ...place, random: systemRandom });
  if (destination === undefined) return [];
  const subject = `mapping ${mapping.name}`;
  try {
    await destination.find();
    return [{ level: 'ok', subject, message: `its on-failure destination, ${destination.label}, is there` }];
  } catch (error) {
    const message = `its on-failure destination, ${destination.label}: ${messageOf(error)}`;
    return [{ level: 'error', subject, message }];
  } finally {
    await destination.close();
  }
}

/** What the options of a stream mapping lead to. Pure. */
export function streamFindings(
  mapping: StreamMapping,
  identityText: string,
  openPartitions: number,
): readonly Finding[] {
  const subject = `mapping ${mapping.name}`;
  const shards = `${openPartitions} open ${openPartitions === 1 ? 'shard' : 'shards'}`;
  const { maxRetries, maxAgeMs, bisects, destination, windowMs, tumblingWindowMs } = mapping;
  const endless = maxRetries === undefined && maxAgeMs === undefined;
  const warnings = [
    endless &&
      'neither MaximumRetryAttempts nor MaximumRecordAgeInSeconds is set: a record that always fails holds up its shard for good',
    endless &&
      destination !== undefined &&
      'the on-failure destination is told of nothing while retries and age have no limit',
    !endless &&
      destination === undefined &&
      'there is no on-failure destination: what is given up after the retries is lost',
    maxRetries !== undefined &&
      !bisects &&
      !mapping.reportsItemFailures &&
      mapping.batchSize > 1 &&
      'without BisectBatchOnFunctionError and ReportBatchItemFailures one bad record makes its whole batch fail and be given up',
    tumblingWindowMs > 0 &&
      windowMs >= tumblingWindowMs &&
      'the batching window is not shorter than the tumbling window: a batch ends with its tumbling window',
  ].filter((message) => message !== false);
  return [
    { level: 'ok', subject, message: `${sourceLabel(mapping)} is there, ${identityText}, with ${shards}` },
    ...warnings.map((message): Finding => ({ level: 'warning', subject, message })),
  ];
}

/** What the settings of a queue mean for a mapping. Pure. */
export function queueFindings(
  mapping: QueueMapping,
  { functions }: Configuration,
  facts: QueueFacts,
): readonly Finding[] {
  const subject = `mapping ${mapping.name}`;
  const timeoutSeconds = (functions.get(mapping.function.name)?.timeoutMs ?? 0) / 1_000;
  const visibilitySeconds = (facts.visibilityTimeoutMs ?? Number.POSITIVE_INFINITY) / 1_000;
  const refused = visibilityProblem(visibilitySeconds, timeoutSeconds);
  if (refused !== undefined) return [{ level: 'error', subject, message: refused }];
  const advised = visibilityPerTimeout * timeoutSeconds + mapping.windowMs / 1_000;
  const warnings = [
    visibilitySeconds < advised &&
      `the queue's visibility timeout of ${visibilitySeconds} s is less than ${visibilityPerTimeout} x the function's timeout${mapping.windowMs > 0 ? ' + the batching window' : ''} (${advised} s): messages may be delivered again while they are still being handled`,
    facts.redrive === undefined &&
      'the queue has no dead-letter queue: a message that always fails comes back until its retention period ends',
    facts.redrive !== undefined &&
      facts.redrive.maxReceiveCount < leastMaxReceiveCount &&
      `the queue's maxReceiveCount of ${facts.redrive.maxReceiveCount} is less than ${leastMaxReceiveCount}: throttled messages may end in its dead-letter queue`,
  ].filter((message) => message !== false);
  return [
    { level: 'ok', subject, message: `${sourceLabel(mapping)} is there` },
    ...warnings.map((message): Finding => ({ level: 'warning', subject, message })),
  ];
}

/** What fits together and what is there for nothing. Pure. */
export function checkUse({ functions, mappings, secrets }: Configuration): readonly Finding[] {
  const findings: Finding[] = [];
  for (const { name, reservedConcurrency } of functions.values()) {
    const own = mappings.filter((mapping) => mapping.function.name === name);
    const subject = `function ${name}`;
    if (own.length === 0) findings.push({ level: 'warning', subject, message: 'no mapping calls it' });
    const batches = own.reduce((sum, mapping) => sum + (mapping.kind === 'queue' ? mapping.concurrency.ceiling : 0), 0);
    if (own.length === 0 || reservedConcurrency === undefined || batches <= reservedConcurrency) continue;
    const message = `its mappings may run ${batches} batches at once, more than its ReservedConcurrentExecutions of ${reservedConcurrency}: calls will be throttled (set ScalingConfig.MaximumConcurrency)`;
    findings.push({ level: 'warning', subject, message });
  }
  for (const arn of Object.keys(secrets)) {
    findings.push({
      level: 'warning',
      subject: `secret ${arn}`,
      message: 'no mapping uses it: no source of this version takes secrets',
    });
  }
  return findings;
}
