import { addressOf } from '../config/resolve-endpoints.js';
import type { Service } from '../contracts/services.js';
import type { Configuration } from '../config/configuration.js';
import type { AdviceSettings } from '../contracts/source-definition.js';
import type { QueueFacts } from '../contracts/queue-source.js';
import { createFunctionSet } from '../functions/function-set.js';
import { Journal } from '../journal/journal.js';
import type { EventSourceMapping, QueueMapping, StreamMapping } from '../mappings/event-source-mapping.js';
import { systemClock } from '../platform/clock.js';
import { messageOf } from '../platform/millrace-error.js';
import { systemRandom } from '../platform/random.js';
import { queueAdvice } from '../sources/queue-advice.js';
import { openQueue, openStream, refusalOf, sourceOf } from './open-source.js';
import type { Addressing } from './reach.js';
import { destinationOf } from './start-mapping.js';

/** What a check found: an error keeps something from working, a warning is advice. */
interface Finding {
  readonly level: 'ok' | 'warning' | 'error';
  /** `mapping orders` or `function orders`. */
  readonly subject: string;
  readonly message: string;
}

type Env = Readonly<Record<string, string | undefined>>;

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
    const message = `${mapping.source.title} will be created on the embedded server`;
    return [{ level: 'ok', subject, message }];
  }
  const place: Addressing = { configuration, env, embedded: {} };
  try {
    return await (mapping.kind === 'queue' ? checkQueue(mapping, place) : checkStream(mapping, place));
  } catch (error) {
    return [{ level: 'error', subject, message: `${mapping.source.title}: ${messageOf(error)}` }];
  }
}

/** The service of a source; undefined for sources that are none of AWS's. */
function serviceOf({ description: { reached } }: EventSourceMapping): Service | undefined {
  return reached.kind === 'service' ? reached.service : undefined;
}

async function checkQueue(mapping: QueueMapping, place: Addressing): Promise<readonly Finding[]> {
  const source = await openQueue(mapping, place, true);
  try {
    return queueFindings(
      mapping,
      place.configuration,
      await source.describe(),
      source.failedMessages?.kind === 'again',
    );
  } finally {
    await source.close();
  }
}

async function checkStream(mapping: StreamMapping, place: Addressing): Promise<readonly Finding[]> {
  const source = await openStream(mapping, place);
  try {
    const { identityText } = await source.describe();
    const partitions = await source.partitions();
    return [
      ...streamFindings(
        mapping,
        identityText,
        partitions.filter(({ closed }) => !closed).length,
        adviceOf(mapping, place),
      ),
      ...(await checkDestination(mapping, place)),
    ];
  } finally {
    await source.close();
  }
}

async function checkDestination(mapping: StreamMapping, place: Addressing): Promise<readonly Finding[]> {
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

/** What the source of a stream says beside what is said of every stream. */
function adviceOf(mapping: StreamMapping, place: Addressing): readonly string[] {
  const definition = sourceOf(mapping, place);
  const settings = settingsOf(mapping, place.configuration);
  return definition.kind === 'stream' ? (definition.advice?.(mapping.source, settings) ?? []) : [];
}

function settingsOf(
  { function: { name }, windowMs }: EventSourceMapping,
  { functions }: Configuration,
): AdviceSettings {
  return { functionTimeoutMs: functions.get(name)?.timeoutMs ?? 0, windowMs };
}

/** What the options of a stream mapping lead to. Pure. */
export function streamFindings(
  mapping: StreamMapping,
  identityText: string,
  openPartitions: number,
  advice: readonly string[] = [],
): readonly Finding[] {
  const subject = `mapping ${mapping.name}`;
  const { partitionWord } = mapping.description;
  const partitions = `${openPartitions} open ${partitionWord}${openPartitions === 1 ? '' : 's'}`;
  const { maxRetries, maxAgeMs, bisects, destination, windowMs, tumblingWindowMs } = mapping;
  const endless = maxRetries === undefined && maxAgeMs === undefined;
  const warnings = [
    endless &&
      `neither MaximumRetryAttempts nor MaximumRecordAgeInSeconds is set: a record that always fails holds up its ${partitionWord} for good`,
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
    { level: 'ok', subject, message: `${mapping.source.title} is there, ${identityText}, with ${partitions}` },
    ...[...warnings, ...advice].map((message): Finding => ({ level: 'warning', subject, message })),
  ];
}

/** What the settings of a queue mean for a mapping. `holds`: its failed messages are held, and do not come back by themselves. Pure. */
export function queueFindings(
  mapping: QueueMapping,
  configuration: Configuration,
  facts: QueueFacts,
  holds = false,
): readonly Finding[] {
  const subject = `mapping ${mapping.name}`;
  const addressing = { configuration, env: {}, embedded: {} };
  const settings = settingsOf(mapping, configuration);
  const refused = refusalOf(mapping, addressing, facts, settings.functionTimeoutMs);
  if (refused !== undefined) return [{ level: 'error', subject, message: refused }];
  const definition = sourceOf(mapping, addressing);
  const warnings =
    definition.kind === 'queue' && definition.advice !== undefined
      ? definition.advice(facts, settings)
      : // What it advises is about messages that come back by themselves.
        holds
        ? []
        : queueAdvice(facts, settings);
  return [
    { level: 'ok', subject, message: `${mapping.source.title} is there` },
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
