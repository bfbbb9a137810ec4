import type { Command } from 'commander';
import { addPlaceOptions, type PlaceOptions } from './common-options.js';
import { exitCodes, type SetExitCode } from './exit.js';

export function addCheck(program: Command, setExitCode: SetExitCode): void {
  const command = program
    .command('check')
    .description('validate the configuration, load the handlers and look at the sources, without taking a message')
    .argument('[dir]', 'folder with millrace.yaml', '.');
  addPlaceOptions(command)
    .addHelpText('after', '\nExit codes: 0 nothing is wrong (there may be advice); 2 something would not work')
    .action(async (dir: string, options: PlaceOptions) => setExitCode(await check(dir, options)));
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

async function check(dir: string, options: PlaceOptions): Promise<number> {
  const { loadWithStored } = await import('./load.js');
  const { resolveEndpoints } = await import('../config/resolve-endpoints.js');
  const { checkRuntime } = await import('../runtime/check.js');
  const { colours, wantsColour } = await import('../readers/console/colours.js');
  const { counted } = await import('../journal/short-text.js');
  const { green, yellow, red, dim } = colours(wantsColour(process.stdout, process.env));
  const marks = { ok: green('✔'), warning: yellow('!'), error: red('✖') } as const;

  const configuration = await loadWithStored(dir, options);
  print(`${marks.ok} ${configuration.file ?? 'configuration'}`);
  for (const { line, note } of resolveEndpoints(configuration, process.env)) {
    print(`${dim('i')} ${line}`);
    if (note !== undefined) print(`${dim('i')} ${note}`);
  }
  for (const notice of configuration.notices) print(`${marks.warning} ${notice}`);
  const findings = await checkRuntime(configuration, process.env);
  for (const { level, subject, message } of findings) print(`${marks[level]} ${subject}: ${message}`);
  const count = (level: 'warning' | 'error'): number => findings.filter((finding) => finding.level === level).length;
  print(`${counted(count('error'), 'error')}, ${counted(count('warning') + configuration.notices.length, 'warning')}`);
  return count('error') > 0 ? exitCodes.cannotStart : exitCodes.ok;
}
