/** Options whose value may be left out, with what stands for it then. A value that is given follows `=`, or is a number. */
const bare: Readonly<Record<string, string>> = { '--until-idle': '2', '--inspect': '' };

/**
 * Gives options with an optional value the form `--option=value`, so that the folder in `millrace run --until-idle .` is
 * not taken for one.
 */
export function withBareOptions(argv: readonly string[]): string[] {
  const result: string[] = [];
  for (let index = 0; index < argv.length; index++) {
    const option = argv[index] ?? '';
    const standsFor = bare[option];
    if (standsFor === undefined) {
      result.push(option);
      continue;
    }
    const next = argv[index + 1] ?? '';
    const hasNumber = option === '--until-idle' && /^\d+(?:\.\d+)?$/.test(next);
    if (hasNumber) index++;
    result.push(`${option}=${hasNumber ? next : standsFor}`);
  }
  return result;
}
