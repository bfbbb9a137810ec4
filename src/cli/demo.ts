import { Option, type Command } from 'commander';
import type { Configuration } from '../config/configuration.js';
import { addHttpOptions, httpSettings, seconds, type HttpOptions } from './common-options.js';
import { exitCodes, type SetExitCode } from './exit.js';

interface DemoOptions extends HttpOptions {
  readonly state?: string;
  readonly untilIdle?: number;
  readonly json?: boolean;
}

export function addDemo(program: Command, setExitCode: SetExitCode): void {
  const command = program
    .command('demo')
    .description(
      'sample functions on embedded SQS and Kinesis servers: poison records, a partial failure, a FIFO group, bisecting',
    );
  addHttpOptions(command)
    .option('--state <folder>', 'folder for the journal (default: a new temporary one)')
    .addOption(new Option('--until-idle [seconds]', 'end by itself when everything was delivered').argParser(seconds))
    .option('--json', 'journal entries on standard output, one JSON object a line')
    .action(async (options: DemoOptions) => setExitCode(await demo(options)));
}

async function demo(options: DemoOptions): Promise<number> {
  const { demoConfiguration, differences, keepSending, sendTraffic } = await import('../runtime/demo.js');
  const { runSession } = await import('./session.js');
  const { untilIdle } = options;
  const configuration = await demoConfiguration(options.state);
  const end = await runSession(configuration, {
    logLevel: options.logLevel,
    json: options.json ?? false,
    http: httpSettings(options),
    env: {},
    body: async (runtime, print, stopping) => {
      const { count, poison } = await sendTraffic(runtime);
      print(`sent ${count} records: orders, payments (one is poison), shipments of three trucks, clicks (one is bad)`);
      print(`see the life of the poison payment, and of the bad click, with`);
      print(whyCommand(poison.get('payments')?.slice(0, 8), configuration));
      print(whyCommand(poison.get('clicks'), configuration));
      if (untilIdle === undefined) return keepSending(runtime, stopping);
      await runtime.idle({ seconds: untilIdle, signal: stopping }).catch((error: unknown) => {
        if (!stopping.aborted) throw error;
      });
    },
  });
  if (end.interrupted) return exitCodes.interrupted;
  const problems = differences(end.board.mappings());
  for (const problem of problems) process.stderr.write(`not as planned: ${problem}\n`);
  if (problems.length > 0) return exitCodes.recordsFailed;
  process.stderr.write(
    'The demo went as planned: everything was handled but the poison payment, which is in its dead-letter queue, and the bad click, which was reported to queue bad-clicks.\n',
  );
  return exitCodes.ok;
}

function whyCommand(record = '', { state = '' }: Configuration): string {
  return `  millrace why ${record} --state ${state}`;
}
