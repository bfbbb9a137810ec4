import { InvalidArgumentError, Option, type Command } from 'commander';
import type { HttpSettings } from '../runtime/runtime-options.js';

const defaultPort = 9400;
const logLevels = ['error', 'warn', 'info', 'debug'] as const;

/** Where the configuration and its state are. */
export interface PlaceOptions {
  readonly config?: string;
  readonly state?: string;
}

/** Options of every command that opens the HTTP port. */
export interface HttpOptions {
  readonly port?: number;
  readonly host: string;
  readonly allowHost: readonly string[];
  readonly logLevel: (typeof logLevels)[number];
}

/** Options of every command that runs the mappings of a folder. */
export interface ServeOptions extends PlaceOptions, HttpOptions {}

export function addPlaceOptions(command: Command): Command {
  return command
    .option('--config <file>', 'configuration file (default: millrace.yaml, .yml, .json, .ts or .mjs in the folder)')
    .option('--state <folder>', "folder for the journal (default: the file's state, or .millrace beside it)");
}

export function addServeOptions(command: Command): Command {
  return addHttpOptions(addPlaceOptions(command));
}

export function addHttpOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--port <number>', `HTTP port (default: ${defaultPort}, or the next free one)`).argParser(
        wholeNumber(0, 65_535),
      ),
    )
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option('--allow-host <name>', 'a further name that requests may call this host by; may be repeated', collect, [])
    .addOption(new Option('--log-level <level>', 'how much the console shows').choices(logLevels).default('info'));
}

export function httpSettings({ host, port, allowHost }: HttpOptions): HttpSettings {
  return { host, port: port ?? defaultPort, explicitPort: port !== undefined, allowHosts: allowHost };
}

/** Parses an option that may be given several times. */
function collect(value: string, before: readonly string[]): readonly string[] {
  return [...before, value];
}

/** Parses an option's value: a whole number in a range. */
export function wholeNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= min && value <= max) return value;
    throw new InvalidArgumentError(`It must be a whole number from ${min} to ${max}.`);
  };
}

/** Parses an option's value: seconds, fractions allowed. */
export function seconds(text: string): number {
  if (/^\d+(?:\.\d+)?$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It must be a number of seconds, such as 2 or 0.5.');
}
