import { messageOf, MillraceError } from '../platform/millrace-error.js';

/** A package that is installed by those who use it. */
interface OptionalPackage {
  readonly name: string;
  /** The one that millrace is tested with. */
  readonly version: string;
  /** The key of `endpoints` that asks for it: `sqs`. */
  readonly endpoint: string;
}

/** Loads a package. Throws a `MillraceError` of code `EMULATOR_MISSING` that says what to install. */
export async function loadOptional<Module>(
  { name, version, endpoint }: OptionalPackage,
  load: () => Promise<Module>,
): Promise<Module> {
  try {
    return await load();
  } catch (error) {
    const isMissing = (error as NodeJS.ErrnoException).code === 'ERR_MODULE_NOT_FOUND';
    const reason = isMissing ? '' : ` (${name} is there and cannot be loaded: ${messageOf(error)})`;
    throw new MillraceError(
      'EMULATOR_MISSING',
      `endpoints.${endpoint}: embedded needs the optional package ${name}; install it with npm install ${name}@${version}${reason}`,
      { cause: error },
    );
  }
}

/** What failed when a server was to listen: a port that is taken is the user's to change. */
export function listenError(error: unknown, port: number): unknown {
  if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') return error;
  return new MillraceError(
    'PORT_TAKEN',
    `the embedded server cannot use port ${port}: it is taken; choose another one`,
    { cause: error },
  );
}
