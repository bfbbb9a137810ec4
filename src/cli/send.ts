import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { InvalidArgumentError, type Command } from 'commander';
import type { SendRules } from '../contracts/source-description.js';
import { MillraceError, messageOf } from '../platform/millrace-error.js';
import type { OutgoingRecord } from '../runtime/send-records.js';
import { addPlaceOptions, wholeNumber, type PlaceOptions } from './common-options.js';
import { exitCodes, type SetExitCode } from './exit.js';

interface SendOptions extends PlaceOptions {
  readonly file?: string;
  readonly count?: number;
  readonly delay?: number;
  readonly group?: string;
  readonly key?: string;
  readonly attribute: Readonly<Record<string, string>>;
  readonly dir: string;
}

export function addSend(program: Command, setExitCode: SetExitCode): void {
  const command = program
    .command('send')
    .description("put records into a mapping's source; prints their ids")
    .argument('<mapping>', 'name, UUID, or the beginning of one')
    .argument(
      '[body...]',
      'message bodies, data of Kinesis records, items of a DynamoDB table as JSON (default: a sample)',
    );
  addPlaceOptions(command)
    .option('--dir <folder>', 'folder with millrace.yaml', '.')
    .option('--file <file>', 'one record per line; - is standard input')
    .option('--count <n>', 'send each record so many times', wholeNumber(1, 1_000_000))
    .option('--key <text>', 'partition key (Kinesis; default: another one for each record)')
    .option('--delay <seconds>', 'visible only after so long (SQS)', wholeNumber(0, 900))
    .option('--group <id>', 'message group (FIFO queues; default: default)')
    .option('--attribute <name=value>', 'message attribute of type String (SQS); may be repeated', attribute, {})
    .addHelpText(
      'after',
      `\nExamples:\n  millrace send orders\n  millrace send orders '{"id": 1}' '{"id": 2}'\n  millrace send orders --file messages.jsonl --attribute source=shop\n  millrace send clicks --key user-1 '{"page": "/"}'\n  millrace send users '{"id": "7", "name": "Ada"}'`,
    )
    .action(async (mapping: string, bodies: string[], options: SendOptions) => {
      setExitCode(await send(mapping, bodies, options));
    });
}

async function send(name: string, bodies: readonly string[], options: SendOptions): Promise<number> {
  const { loadWithStored } = await import('./load.js');
  const { runningEndpoints } = await import('./running-endpoints.js');
  const { findMapping } = await import('../mappings/identity.js');
  const { sendTo } = await import('../runtime/send-records.js');
  const { resolveEndpoints } = await import('../config/resolve-endpoints.js');
  const configuration = await loadWithStored(options.dir, options);
  const mapping = findMapping(configuration.mappings, name);
  const { source, description } = mapping;
  const [address] = resolveEndpoints({ ...configuration, mappings: [mapping] }, process.env);
  const embedded = await runningEndpoints(configuration);
  const group = options.group ?? description.send.defaultGroup?.(source);
  const records = (await bodiesToSend(bodies, description.send.sample, options)).map((body): OutgoingRecord => ({
    body,
    attributes: options.attribute,
    ...(group === undefined ? {} : { group }),
    ...(options.key === undefined ? {} : { key: options.key }),
    ...(options.delay === undefined ? {} : { delaySeconds: options.delay }),
  }));
  const ids = await sendTo(mapping, records, { configuration, env: process.env, embedded });
  process.stdout.write(ids.map((id) => `${id}\n`).join(''));
  process.stderr.write(`sent ${ids.length} to ${source.title}${address === undefined ? '' : ` (${address.line})`}\n`);
  return exitCodes.ok;
}

async function bodiesToSend(
  given: readonly string[],
  sample: SendRules['sample'],
  { file, count = 1 }: SendOptions,
): Promise<readonly string[]> {
  const fromFile = file === undefined ? [] : lines(file === '-' ? await text(process.stdin) : await readBodies(file));
  const bodies = [...given, ...fromFile];
  const once = bodies.length === 0 && file === undefined ? [bodyOf(sample)] : bodies;
  return Array.from({ length: count }, () => once).flat();
}

/** What is sent when nothing is given. */
function bodyOf(sample: SendRules['sample']): string {
  if ('body' in sample) return sample.body;
  throw new MillraceError('CONFIGURATION_INVALID', sample.missing);
}

async function readBodies(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new MillraceError('NOT_FOUND', `--file ${file}: cannot be read (${messageOf(error)})`, { cause: error });
  }
}

/** The lines of a text without the empty ones. */
function lines(content: string): readonly string[] {
  return content.split(/\r?\n/).filter((line) => line !== '');
}

function attribute(given: string, before: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const at = given.indexOf('=');
  if (at < 1) throw new InvalidArgumentError('It must look like name=value.');
  return { ...before, [given.slice(0, at)]: given.slice(at + 1) };
}
