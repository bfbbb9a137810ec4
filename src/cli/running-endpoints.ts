import type { Service } from '../contracts/services.js';
import type { Configuration } from '../config/configuration.js';
import { MillraceError } from '../platform/millrace-error.js';
import { readRunning } from '../state/running.js';

/** Addresses of the embedded servers that a runtime in another terminal has started for this configuration. */
export async function runningEndpoints({
  endpoints,
  state,
}: Configuration): Promise<Readonly<Partial<Record<Service, string>>>> {
  const isEmbedded = Object.values(endpoints.byService).some((endpoint) => endpoint.kind === 'embedded');
  if (!isEmbedded) return {};
  const running = state === undefined ? undefined : await readRunning(state);
  if (running !== undefined) return running.endpoints;
  throw new MillraceError(
    'SOURCE_UNAVAILABLE',
    `the embedded server of this configuration lives in millrace dev or millrace run, and none runs on the state folder ${state}; start it first (in another terminal), or name its folder with --state`,
  );
}
