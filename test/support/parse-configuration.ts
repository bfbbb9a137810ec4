import type { Configuration } from '../../src/config/configuration.js';
import type { ConfigurationInput } from '../../src/config/input.js';
import { checkConfiguration, type Origin } from '../../src/config/parse.js';
import { report } from '../../src/config/report.js';
import { MillraceError } from '../../src/platform/millrace-error.js';

/** The configuration that an object stands for; throws a `MillraceError` that names every problem. */
export function parseConfiguration(input: ConfigurationInput, origin: Origin): Configuration {
  const result = checkConfiguration(input, origin);
  if (result.ok) return result.value;
  throw new MillraceError('CONFIGURATION_INVALID', report(result.problems, { name: 'configuration' }));
}
