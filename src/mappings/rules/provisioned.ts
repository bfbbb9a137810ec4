import { isEmptyObject } from '../empty-object.js';
import type { MappingInput } from '../schema/request.js';
import type { Candidate } from './rules.js';

/** Provisioned mode is asked for by any setting of it; an empty `ProvisionedPollerConfig` stands for on-demand mode. */
export function isProvisioned({ ProvisionedPollerConfig: config }: MappingInput): boolean {
  return config !== undefined && !isEmptyObject(config);
}

/** There are no provisioned pollers for what needs them. Pollers that are malformed have been reported already. */
export function lacksPollers({ request, malformed }: Candidate): boolean {
  return !isProvisioned(request) && !malformed.has('ProvisionedPollerConfig');
}
