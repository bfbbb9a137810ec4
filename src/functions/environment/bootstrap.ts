import { writeSync } from 'node:fs';
import { systemClock } from '../../platform/clock.js';
import { errorInfoOf, traceOf } from '../function-error.js';
import { responseTextOf } from '../response-text.js';
import { callbackContext } from './handler-context.js';
import { HandlerCall, type Ending } from './invoke-handler.js';
import { loadHandler, type Handler } from './load-handler.js';
import { LoadedFiles } from './loaded-files.js';
import {
  decodeInvocation,
  descriptors,
  encodeSuccess,
  type CrashedMessage,
  type LoadMessage,
  type MessageFromEnvironment,
  type MessageToEnvironment,
} from './messages.js';
import { isOurs } from './our-frames.js';
import { Output } from './output.js';

// The first and only script of an execution environment: loads the handler once, then runs one call at a time.

/** Lambda's own exit codes. */
const exitCodes = { unhandledRejection: 128, uncaughtException: 129 } as const;

type Send = (message: MessageFromEnvironment, sent?: () => void) => void;

class Environment {
  readonly #send: Send;
  readonly #output = new Output();
  readonly #progress = Buffer.alloc(4);
  #load: LoadMessage | undefined;
  #handler: Handler | undefined;
  #files: LoadedFiles | undefined;
  #call: HandlerCall | undefined;
  #crashed = false;

  constructor(send: Send) {
    this.#send = send;
  }

  listen(): void {
    this.#output.install();
    process.on('message', (message: MessageToEnvironment) => {
      if (typeof message === 'string') this.#invoke(message);
      else void this.#loadCode(message); // never rejects: a failed load is a message
    });
    process.on('disconnect', () => process.exit(0));
    process.on('beforeExit', () => this.#call?.loopEmpty());
    process.on('uncaughtException', (error) => this.#crash(errorInfoOf(error, isOurs), exitCodes.uncaughtException));
    process.on('unhandledRejection', (reason) => {
      const errorType = 'Runtime.UnhandledPromiseRejection';
      const error = { errorType, errorMessage: String(reason), trace: traceOf(reason, isOurs) };
      this.#crash(error, exitCodes.unhandledRejection);
    });
    // Ctrl-C reaches the whole process group; the runtime decides what becomes of a running call.
    process.on('SIGINT', () => {});
  }

  async #loadCode(message: LoadMessage): Promise<void> {
    this.#load = message;
    if (message.reportFiles) this.#files = new LoadedFiles();
    const result = await loadHandler(message.root, message.handler);
    this.#reportFiles();
    const written = this.#output.takeWritten();
    if (result.ok) this.#handler = result.handler;
    this.#send(result.ok ? { type: 'loaded', ...written } : { type: 'load-failed', error: result.error, ...written });
  }

  #invoke(text: string): void {
    if (this.#handler === undefined || this.#load === undefined || this.#crashed) return;
    const invocation = decodeInvocation(text);
    const { sequence, eventText } = invocation;
    this.#begin(sequence);
    const call = new HandlerCall((ending) => {
      // One turn later: a promise that was rejected and forgotten in this turn fails the call that did it.
      setImmediate(() => this.#answer(sequence, ending));
    });
    this.#call = call;
    call.run(this.#handler, eventText, callbackContext(this.#load, invocation, call, systemClock));
  }

  #begin(sequence: number): void {
    this.#output.sequence = sequence;
    this.#progress.writeUInt32LE(sequence);
    writeSync(descriptors.progress, this.#progress, 0, 4, 0);
    // From here on only the handler's own work keeps the event loop alive, so that it can be seen to run empty.
    process.channel?.unref();
  }

  #answer(sequence: number, ending: Ending): void {
    if (this.#crashed) return;
    const response = ending.kind === 'returned' ? responseTextOf(ending.value) : undefined;
    this.#reportFiles();
    const { frames, wroteRaw } = this.#output.takeWritten();
    if (response?.ok === true) {
      this.#send(encodeSuccess({ sequence, frames, wroteRaw, responseText: response.text }));
    } else {
      this.#send({ type: 'failed', sequence, error: response?.error ?? thrownBy(ending), frames, wroteRaw });
    }
    this.#call = undefined;
    this.#output.sequence = 0;
    process.channel?.ref();
  }

  #reportFiles(): void {
    const files = this.#files?.take() ?? [];
    if (files.length > 0) this.#send({ type: 'files', files });
  }

  /** Only the first crash is told; the rest would be about a process that is already ending. */
  #crash(error: CrashedMessage['error'], exitCode: number): void {
    if (this.#crashed) return;
    this.#crashed = true;
    this.#send({ type: 'crashed', error }, () => process.exit(exitCode));
  }
}

function thrownBy(ending: Ending): CrashedMessage['error'] {
  return errorInfoOf(ending.kind === 'threw' ? ending.thrown : undefined, isOurs);
}

const send = process.send?.bind(process);
if (send === undefined) throw new Error('this script is started by millrace; it is no command');
// Handlers must not find it: libraries take its presence for "somebody started me to talk to me".
delete process.send;
new Environment((message, sent) => void send(message, undefined, undefined, sent)).listen();
