import { Option, type Command } from 'commander';
import { addServeOptions, httpSettings, seconds, type ServeOptions } from './common-options.js';
import { exitCodes, type SetExitCode } from './exit.js';

interface DemoOptions extends ServeOptions {
  readonly untilIdle?: number;
  readonly json?: boolean;
}

export function addDemo(program: Command, setExitCode: SetExitCode): void {
  const command = program
    .command('demo')
    .description(
      'sample functions on an embedded SQS server, with a poison message, a partial failure and a FIFO group',
    );
  addServeOptions(command)
    .addOption(new Option('--until-idle [seconds]', 'end by itself when everything was delivered').argParser(seconds))
    .option('--json', 'journal entries on standard output, one JSON object a line')
    .action(async (options: DemoOptions) => setExitCode(await demo(options)));
}

async function demo(options: DemoOptions): Promise<number> {
  const { openDemo } = await import('../demo.js');
  const { runSession } = await import('./session.js');
  await using opened = await openDemo(options);
  const end = await runSession(opened.configuration, {
    logLevel: options.logLevel,
    json: options.json ?? false,
    http: httpSettings(options),
    body: async (runtime, print, stopping) => {
      const sent = await opened.sendAll();
      print(`sent ${sent.count} messages: orders, payments (one of them poison) and shipments of three trucks`);
      print(
        `  the poison message is ${sent.poison}; when it has given up: millrace why ${sent.poison.slice(0, 8)} --state ${opened.state}`,
      );
      if (options.untilIdle !== undefined)
        await runtime.idle({ seconds: options.untilIdle, signal: stopping }).catch(unlessStopping(stopping));
      else await opened.keepSending(stopping);
    },
  });
  if (end.interrupted) return exitCodes.interrupted;
  const problems = opened.problems(end.board.mappings());
  for (const problem of problems) process.stderr.write(`not as planned: ${problem}\n`);
  if (problems.length > 0) return exitCodes.recordsFailed;
  process.stderr.write(
    'The demo went as planned: everything was handled but the poison message, which is in its dead-letter queue.\n',
  );
  return exitCodes.ok;
}

function unlessStopping(stopping: AbortSignal): (error: unknown) => void {
  return (error) => {
    if (!stopping.aborted) throw error;
  };
}
