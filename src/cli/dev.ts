import { once } from 'node:events';
import type { Command } from 'commander';
import { addServeOptions, httpSettings, type ServeOptions } from './common-options.js';
import { exitCodes, type SetExitCode } from './exit.js';

interface DevOptions extends ServeOptions {
  readonly inspect?: string;
}

export function addDev(program: Command, setExitCode: SetExitCode): void {
  const command = program
    .command('dev')
    .description(
      'run the mappings of a folder; reload functions and configuration when their files change; until Ctrl-C',
    )
    .argument('[dir]', 'folder with millrace.yaml', '.');
  addServeOptions(command)
    .option(
      '--inspect [function]',
      'let a debugger attach to functions (port 9229 and up), or with --inspect=orders to one; turns timeouts off',
    )
    .action(async (dir: string, options: DevOptions) => setExitCode(await dev(dir, options)));
}

async function dev(dir: string, options: DevOptions): Promise<number> {
  const { inspectOption, loadFor } = await import('./load.js');
  const { runSession } = await import('./session.js');
  const { findConfiguration } = await import('../config/find.js');
  const { LiveConfiguration } = await import('../runtime/live-configuration.js');
  const file = await findConfiguration(options.config ?? dir);
  const live = new LiveConfiguration({ file, load: () => loadFor(dir, options) });
  const configuration = await loadFor(dir, options);
  await runSession(configuration, {
    logLevel: options.logLevel,
    json: false,
    http: httpSettings(options),
    watch: true,
    shortPolls: true,
    ...inspectOption(options.inspect),
    body: async (runtime, _print, stopping) => {
      live.start(configuration, { apply: (next) => runtime.reload(next), journal: runtime.writer });
      if (!stopping.aborted) await once(stopping, 'abort');
      // At once: a change that is being applied may wait for all that is in hand, which a stop gives back.
      await Promise.all([live.close(), runtime.stop()]);
    },
  });
  return exitCodes.interrupted;
}
