import type { ChildProcess } from 'node:child_process';
import type { Readable } from 'node:stream';
import { descriptors, type AfterOutput } from './environment/messages.js';
import { FrameReader, streamLevels, type OutputFrame } from './environment/output-frame.js';
import type { LogLine } from './lambda-function.js';
import { LineAssembler } from './line-assembler.js';

/** Enough of the last words of a process to recognise what V8 says when memory is used up. */
const tailLength = 16 * 1024;

interface OutputSink {
  /** One line, and the number of the call it belongs to (0: none). */
  readonly line: (sequence: number, line: LogLine) => void;
  /** The call that is running, for output that does not name one: native code, and whatever writes to descriptor 1 or 2. */
  readonly runningCall: () => number;
}

/** Everything that one environment prints: what its console sends in frames, and what arrives on its standard streams. */
export class EnvironmentOutput {
  /** The end of what was written to descriptor 2 directly. */
  errorTail = '';
  readonly #sink: OutputSink;
  readonly #streams: readonly Readable[];
  readonly #written: Readonly<Record<'stdout' | 'stderr', LineAssembler>>;
  readonly #raw: Readonly<Record<'stdout' | 'stderr', LineAssembler>>;
  #writtenBy = 0;
  #frames = 0;
  /** Whether anything was ever written to descriptors 1 and 2 directly; native code does so without saying. */
  #sawRaw = false;
  #waiting: { readonly frames: number; readonly deliver: () => void; turnOver: boolean } | undefined;

  constructor(child: ChildProcess, sink: OutputSink) {
    this.#sink = sink;
    this.#written = {
      stdout: new LineAssembler((text) => this.#line(this.#writtenBy, streamLevels.stdout, text)),
      stderr: new LineAssembler((text) => this.#line(this.#writtenBy, streamLevels.stderr, text)),
    };
    this.#raw = {
      stdout: new LineAssembler((text) => this.#line(sink.runningCall(), streamLevels.stdout, text)),
      stderr: new LineAssembler((text) => this.#line(sink.runningCall(), streamLevels.stderr, text)),
    };
    const reader = new FrameReader((frame) => this.#frame(frame));
    this.#streams = [
      reading(child.stdout, (chunk) => {
        this.#sawRaw = true;
        this.#raw.stdout.push(chunk);
      }),
      reading(child.stderr, (chunk) => {
        this.#sawRaw = true;
        this.errorTail = (this.errorTail + chunk.toString('latin1')).slice(-tailLength);
        this.#raw.stderr.push(chunk);
      }),
      reading(child.stdio[descriptors.output] as Readable | null, (chunk) => reader.push(chunk)),
    ].filter((stream) => stream !== undefined);
  }

  /** Hands on unfinished lines: the call they belong to has ended. */
  flush(): void {
    for (const lines of [this.#written.stdout, this.#written.stderr, this.#raw.stdout, this.#raw.stderr]) lines.flush();
  }

  /**
   * Delivers a message when the output before it has been read. For the standard streams one turn of the event loop
   * is enough: what was written before the message is readable when the message is.
   */
  whenRead({ frames, wroteRaw }: AfterOutput, deliver: () => void): void {
    const turnOver = !wroteRaw && !this.#sawRaw;
    if (turnOver && this.#frames >= frames) return deliver();
    const waiting = { frames, deliver, turnOver };
    this.#waiting = waiting;
    if (turnOver) return;
    setImmediate(() => {
      waiting.turnOver = true;
      this.#deliver();
    });
  }

  /**
   * Stops reading and delivers what still waits: there is no more to come. A process of the handler's own may hold
   * the pipes open long after the environment is gone.
   */
  close(): void {
    this.#waiting?.deliver();
    this.#waiting = undefined;
    this.flush();
    for (const stream of this.#streams) stream.destroy();
  }

  #deliver(): void {
    const waiting = this.#waiting;
    if (waiting?.turnOver !== true || this.#frames < waiting.frames) return;
    this.#waiting = undefined;
    waiting.deliver();
  }

  #frame({ kind, sequence, body }: OutputFrame): void {
    this.#frames++;
    if (kind === 'stdout' || kind === 'stderr') {
      if (sequence !== this.#writtenBy) this.#flushWritten(sequence);
      this.#written[kind].push(body);
    } else {
      this.#line(sequence, kind, body.toString('utf8'));
    }
    this.#deliver();
  }

  /** What is left of an unfinished line belongs to the call that wrote it, not to the next one. */
  #flushWritten(sequence: number): void {
    this.#written.stdout.flush();
    this.#written.stderr.flush();
    this.#writtenBy = sequence;
  }

  #line(sequence: number, level: LogLine['level'], message: string): void {
    this.#sink.line(sequence, { level, message });
  }
}

function reading(stream: Readable | null | undefined, onData: (chunk: Buffer) => void): Readable | undefined {
  if (stream === null || stream === undefined) return undefined; // the process could not be started
  stream.on('data', onData);
  stream.on('error', () => {}); // a pipe that breaks is the end of the process, which is noticed by itself
  return stream;
}
