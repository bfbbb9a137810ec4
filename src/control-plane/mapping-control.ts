import { ControlPlane, type ControlPlaneOptions } from './control-plane.js';
import { FileMappings } from './file-mappings.js';
import { MappingChanges, type MappingStore } from './mapping-changes.js';
import { MappingHost, type MappingHostOptions } from './mapping-host.js';
import { MappingRegistry } from './mapping-registry.js';
import { Tags } from './tags.js';

interface MappingControlOptions extends MappingHostOptions, Omit<ControlPlaneOptions, 'registry' | 'changes' | 'host'> {
  readonly store: MappingStore;
}

/** The event source mappings of a runtime, and what may be done to them. */
export interface MappingControl extends Pick<MappingHost, 'place' | 'notify' | 'stop'> {
  readonly registry: MappingRegistry;
  readonly api: ControlPlane;
  readonly tags: Tags;
  readonly file: FileMappings;
}

/** Puts them together. There is no mapping yet. */
export function createMappingControl(options: MappingControlOptions): MappingControl {
  const registry = new MappingRegistry();
  const changes = new MappingChanges(options.store);
  const host = new MappingHost(options, registry, changes);
  return {
    registry,
    api: new ControlPlane({ ...options, registry, changes, host }),
    tags: new Tags(registry, changes, host),
    file: new FileMappings(registry, changes, host),
    get place() {
      return host.place;
    },
    notify: (notices) => host.notify(notices),
    stop: () => host.stop(),
  };
}
