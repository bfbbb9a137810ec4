import { cpSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TestContext } from 'vitest';
import type { ConfigurationInput } from '../../src/config/input.js';
import { DynamoDbStreamsStub } from '../fakes/dynamodb-streams-stub.js';
import { startTestAws, type TestAws } from '../destinations/embedded-aws.js';
import { FaultProxy } from '../fakes/fault-proxy.js';
import { SqsStub } from '../fakes/sqs-stub.js';
import { startDynamoDbLocal, type DynamoDbLocal } from './dynamodb-local.js';
import { startTestSqs, type TestSqs } from './embedded-sqs.js';
import { KinesisGateway } from './kinesis-gateway.js';
import { startKinesalite, startKinesisLocal, type TestKinesis } from './kinesis-servers.js';
import { main, MillraceCommand, type CommandOptions } from './millrace-command.js';

const fixtures = path.resolve('fixtures/e2e');

/** How long it may take to end what a test has started. */
const closeMs = 30_000;

/** The ARN of a queue as the tests configure it. */
export const arn = (queue: string): string => `arn:aws:sqs:us-east-1:000000000000:${queue}`;

/** The ARN of a stream as the tests configure it. */
export const streamArn = (stream: string): string => `arn:aws:kinesis:us-east-1:000000000000:stream/${stream}`;

/** The ARN of a table as the tests configure it. */
export const tableArn = (table: string): string => `arn:aws:dynamodb:us-east-1:000000000000:table/${table}`;

/** What is needed to run the command against servers; everything ends with `close`. */
export class Workbench {
  readonly #undo: (() => Promise<unknown> | void)[] = [];

  /** An embedded SQS server. */
  async sqs(port?: number): Promise<TestSqs> {
    const sqs = await startTestSqs(port);
    this.#undo.push(() => sqs.close());
    return sqs;
  }

  /** An embedded server of queues, topics and buckets. */
  async aws(): Promise<TestAws> {
    const aws = await startTestAws();
    this.#undo.push(() => aws.close());
    return aws;
  }

  /** A Kinesis server in this process. */
  async kinesis(): Promise<TestKinesis> {
    const kinesis = await startKinesalite();
    this.#undo.push(() => kinesis.close());
    return kinesis;
  }

  /** A Kinesis server that has enhanced fan-out. */
  async kinesisLocal(): Promise<TestKinesis> {
    const kinesis = await startKinesisLocal();
    this.#undo.push(() => kinesis.close());
    return kinesis;
  }

  /** Stands before a Kinesis server, and changes what it answers. */
  async gateway(before: string): Promise<KinesisGateway> {
    const gateway = await KinesisGateway.start({ before });
    this.#undo.push(() => gateway.close());
    return gateway;
  }

  /** DynamoDB Local, in a process of its own. Needs Java. */
  async dynamoDb(): Promise<DynamoDbLocal> {
    const local = await startDynamoDbLocal();
    this.#undo.push(() => local.close());
    return local;
  }

  /** A server of DynamoDB Streams for what DynamoDB Local cannot do. */
  async dynamoDbStub(): Promise<DynamoDbStreamsStub> {
    const stub = await DynamoDbStreamsStub.start();
    this.#undo.push(() => stub.close());
    return stub;
  }

  /** An SQS server for what the embedded one cannot produce. */
  async stub(): Promise<SqsStub> {
    const stub = await SqsStub.start();
    this.#undo.push(() => stub.close());
    return stub;
  }

  /** A connection to a server that can be disturbed. */
  async proxy(to: string): Promise<FaultProxy> {
    const proxy = await FaultProxy.start(to);
    this.#undo.push(() => proxy.close());
    return proxy;
  }

  /** A folder with the sample handlers and this configuration. */
  async project(configuration: ConfigurationInput | string): Promise<Project> {
    const folder = await this.folder();
    cpSync(path.join(fixtures, 'handlers'), path.join(folder, 'handlers'), { recursive: true });
    const project = new Project(folder, (command) => this.#undo.push(() => command.kill()));
    if (typeof configuration === 'string') await project.write('millrace.yaml', configuration);
    else await project.write('millrace.json', JSON.stringify(configuration, undefined, 2));
    return project;
  }

  async folder(): Promise<string> {
    const folder = await mkdtemp(path.join(tmpdir(), 'millrace-e2e-'));
    this.#undo.push(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));
    return folder;
  }

  /** In the reverse order: commands before their servers and folders. */
  async close(): Promise<void> {
    for (const step of this.#undo.splice(0).toReversed()) await step();
  }
}

/** A folder with a configuration. */
export class Project {
  readonly folder: string;
  readonly #started: (command: MillraceCommand) => void;

  constructor(folder: string, started: (command: MillraceCommand) => void) {
    this.folder = folder;
    this.#started = started;
  }

  path(name: string): string {
    return path.join(this.folder, name);
  }

  async write(name: string, text: string): Promise<void> {
    await mkdir(path.dirname(this.path(name)), { recursive: true });
    await writeFile(this.path(name), text);
  }

  read(name: string): Promise<string> {
    return readFile(this.path(name), 'utf8');
  }

  /** `millrace <words>` in the folder. */
  millrace(words: readonly string[], options: Partial<CommandOptions> = {}): MillraceCommand {
    return this.node([main, ...words], options);
  }

  /** `millrace run` with the journal on standard output and a port that is free. */
  run(...words: readonly string[]): MillraceCommand {
    return this.millrace(['run', '--json', '--port', '0', ...words]);
  }

  /** Any script, with an environment that holds nothing of the person who runs the tests. */
  node(argv: readonly string[], options: Partial<CommandOptions> = {}): MillraceCommand {
    const { env, ...rest } = options;
    const own = Object.fromEntries(
      ['PATH', 'TMPDIR', 'SystemRoot', 'TEMP'].flatMap((name) => {
        const value = process.env[name];
        return value === undefined ? [] : [[name, value]];
      }),
    );
    // Settings of AWS tools are looked for in the home folder.
    const command = new MillraceCommand(argv, {
      cwd: this.folder,
      env: { ...own, HOME: this.folder, ...env },
      ...rest,
    });
    this.#started(command);
    return command;
  }
}

/** A workbench for one test. */
export function workbench({ onTestFinished }: TestContext): Workbench {
  const bench = new Workbench();
  onTestFinished(() => bench.close(), closeMs);
  return bench;
}

/** Generous: commands start slowly on a busy machine. */
export const patient = { timeout: 120_000 } as const;
