import picocolors from 'picocolors';

export type Colours = ReturnType<typeof picocolors.createColors>;

/**
 * Whether output may be coloured: on a terminal only, unless the environment says otherwise.
 * `NO_COLOR` wins over `FORCE_COLOR` (no-color.org).
 */
export function wantsColour(stream: { readonly isTTY?: boolean }, env: NodeJS.ProcessEnv): boolean {
  if (env['NO_COLOR'] !== undefined && env['NO_COLOR'] !== '') return false;
  const force = env['FORCE_COLOR'];
  if (force !== undefined) return force !== '0' && force !== 'false';
  return stream.isTTY === true && env['TERM'] !== 'dumb';
}

export function colours(wanted: boolean): Colours {
  return picocolors.createColors(wanted);
}
