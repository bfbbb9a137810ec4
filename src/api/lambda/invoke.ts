import type { Context } from 'hono';
import type { AsyncInvocations } from '../../functions/async-invocations.js';
import { callDirectly, outcomeFields } from '../../functions/direct-call.js';
import { latest } from '../../functions/environment-spec.js';
import type { FunctionSet } from '../../functions/function-set.js';
import type { JournalWriter } from '../../journal/journal.js';
import type { Clock } from '../../platform/clock.js';
import type { Random } from '../../platform/random.js';
import { unreachable } from '../../platform/unreachable.js';
import type { FoundFunction } from './find-function.js';
import { executedVersion } from '../../functions/environment-spec.js';
import { invokeOptions, payloadText, type InvokeOptions } from './invoke-request.js';
import { answerOf } from './invoke-result.js';
import { LogTail } from './log-tail.js';
import { Refusal } from './refusal.js';

export interface InvokeServices {
  readonly functions: Pick<FunctionSet, 'get'>;
  readonly asyncInvocations: Pick<AsyncInvocations, 'add'>;
  readonly journal: JournalWriter;
  readonly clock: Clock;
  readonly random: Random;
}

interface Call {
  readonly found: FoundFunction;
  readonly invocationId: string;
  readonly eventText: string;
  readonly options: InvokeOptions;
}

/** Invoke: `find` says which function, after the headers were seen to be right. */
export async function invoke(
  c: Context,
  find: () => FoundFunction | Refusal,
  services: InvokeServices,
): Promise<Response> {
  const options = invokeOptions(c);
  if (options instanceof Refusal) return options.answer(c);
  const found = find();
  if (found instanceof Refusal) return found.answer(c);
  const eventText = await payloadText(c, options.invocationType);
  if (eventText instanceof Refusal) return eventText.answer(c);
  // On AWS, too, the request of an invocation has its id.
  const invocationId = services.random.uuid();
  c.header('x-amzn-RequestId', invocationId);
  const call = { found, invocationId, eventText, options };
  switch (options.invocationType) {
    case 'DryRun':
      return c.body(null, 204);
    case 'Event':
      return invokeLater(c, call, services);
    case 'RequestResponse':
      return invokeNow(c, call, services);
    default:
      return unreachable(options.invocationType);
  }
}

async function invokeNow(c: Context, call: Call, { functions, journal, clock }: InvokeServices): Promise<Response> {
  const { found, invocationId, eventText, options } = call;
  const { definition, qualifier } = found;
  const { clientContext } = options;
  const fn = functions.get(definition.name, qualifier);
  const version = executedVersion(qualifier);
  const tail = options.tail ? new LogTail({ invocationId, version, memoryMb: definition.memoryMb }, clock) : undefined;
  const direct = { invocationId, eventText, ...(clientContext === undefined ? {} : { clientContext }) };
  const outcome = await callDirectly(fn, direct, journal, tail?.line);
  journal.write({
    type: 'direct-invocation',
    function: fn.name,
    invocation: invocationId,
    invocationType: 'RequestResponse',
    ...outcomeFields(outcome),
  });
  return answerOf(c, outcome, { version, tail, reserved: definition.reservedConcurrency !== undefined });
}

function invokeLater(c: Context, call: Call, { asyncInvocations, journal }: InvokeServices): Response {
  const { found, invocationId, eventText, options } = call;
  const { name } = found.definition;
  const qualifier = found.qualifier === latest ? undefined : found.qualifier;
  const refused = asyncInvocations.add({ name, qualifier, invocationId, eventText });
  if (refused !== undefined) {
    journal.write({
      type: 'direct-invocation',
      function: qualifier === undefined ? name : `${name}:${qualifier}`,
      invocation: invocationId,
      invocationType: 'Event',
      outcome: 'throttled',
      because: refused.refusedBecause,
    });
    const more = { Reason: 'CallerRateLimitExceeded' };
    return new Refusal('TooManyRequestsException', 'Rate Exceeded.', { more, retryAfterSeconds: 1 }).answer(c);
  }
  if (options.clientContext !== undefined) {
    const because = `the ClientContext of an Event invocation of ${name} does not reach it, as on AWS: Lambda hands it over with RequestResponse only`;
    journal.write({ type: 'notice', level: 'warn', because });
  }
  return c.body(null, 202);
}
