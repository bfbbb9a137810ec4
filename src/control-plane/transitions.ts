import type { MappingState } from '../journal/events.js';
import type { MappingRecord } from '../mappings/mapping-record.js';
import type { MappingInput } from '../mappings/schema/request.js';

/** States in which a mapping can be changed: none of its changes is under way, but for waiting for its source. */
export const changeable: readonly MappingState[] = ['Enabled', 'Disabled', 'Enabling'];

/** The state of a mapping from the moment of a change on, until it is carried out. */
export function transition(was: MappingState, { Enabled = true }: MappingInput): MappingState {
  const wasEnabled = was !== 'Disabled';
  if (wasEnabled === Enabled) return was === 'Enabling' ? 'Enabling' : 'Updating';
  return Enabled ? 'Enabling' : 'Disabling';
}

/** The state of a mapping when the runtime takes it in. */
export function firstState({ request, begun }: MappingRecord): MappingState {
  if (request.Enabled === false) return 'Disabled';
  return begun ? 'Enabled' : 'Creating';
}
