#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { exitCodes, reportError } from './exit.js';
import { withBareOptions } from './bare-options.js';
import { addCheck } from './check.js';
import { addDemo } from './demo.js';
import { addDev } from './dev.js';
import { addMatch } from './match.js';
import { addRewind } from './rewind.js';
import { addRun } from './run.js';
import { addSend } from './send.js';
import { addStatus } from './status.js';
import { captureWarnings } from './warnings.js';
import { addWhy } from './why.js';

const { version, description } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  readonly version: string;
  readonly description: string;
};

/** Every command loads what it needs when it runs, so that `--version` and `--help` stay instant. */
async function main(argv: readonly string[]): Promise<number> {
  let code: number = exitCodes.ok;
  const program = new Command('millrace')
    .description(description)
    .version(version)
    .showHelpAfterError('(--help shows what is possible)')
    .exitOverride();
  for (const add of [addDev, addRun, addCheck, addDemo, addSend, addRewind, addMatch, addWhy, addStatus]) {
    add(program, (result) => {
      code = result;
    });
  }
  try {
    await program.parseAsync(withBareOptions(argv), { from: 'user' });
    return code;
  } catch (error) {
    // Commander has printed what is wrong, or the help that was asked for.
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.cannotStart;
    return reportError(error);
  }
}

let done = false;
process.on('exit', (code) => {
  if (done || code === exitCodes.interrupted) return;
  // Nothing is left to wait for, or somebody has called process.exit: only code of the user's runs here that can do it.
  process.stderr.write(
    'millrace: ended before it was done; does the configuration module call process.exit, or wait for something that never comes?\n',
  );
  process.exitCode = exitCodes.cannotStart;
});
captureWarnings();
process.exitCode = await main(process.argv.slice(2));
done = true;
// Handlers' processes and sockets are closed by now; whatever a library left open must not keep the command alive.
process.exit();
