import type { ChildProcess } from 'node:child_process';
import type { Readable } from 'node:stream';
import { descriptors } from './environment/messages.js';
import { FrameReader, streamLevels, type OutputFrame } from './environment/output-frame.js';
import type { LogLine } from './lambda-function.js';
import { LineAssembler } from './line-assembler.js';

/** Enough of the last words of a process to recognise what V8 says when memory is used up. */
const tailLength = 16 * 1024;

export interface OutputSink {
  /** One line, and the number of the call it belongs to (0: none). */
  readonly line: (sequence: number, line: LogLine) => void;
  /** The call that is running, for output that does not name one: native code, and whatever writes to descriptor 1 or 2. */
  readonly runningCall: () => number;
  /** Another frame has been read. */
  readonly frameRead: () => void;
}

/** Everything that one environment prints: what its console sends in frames, and what arrives on its standard streams. */
export class EnvironmentOutput {
  /** Frames read so far. */
  frames = 0;
  /** The end of what was written to descriptor 2 directly. */
  errorTail = '';
  readonly #sink: OutputSink;
  readonly #streams: readonly Readable[];
  readonly #written: Readonly<Record<'stdout' | 'stderr', LineAssembler>>;
  readonly #raw: Readonly<Record<'stdout' | 'stderr', LineAssembler>>;
  #writtenBy = 0;

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
      reading(child.stdout, (chunk) => this.#raw.stdout.push(chunk)),
      reading(child.stderr, (chunk) => {
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

  /** Stops reading. A process of the handler's own may hold the pipes open long after the environment is gone. */
  close(): void {
    this.flush();
    for (const stream of this.#streams) stream.destroy();
  }

  #frame({ kind, sequence, body }: OutputFrame): void {
    this.frames++;
    if (kind === 'stdout' || kind === 'stderr') {
      if (sequence !== this.#writtenBy) this.#flushWritten(sequence);
      this.#written[kind].push(body);
    } else {
      this.#line(sequence, kind, body.toString('utf8'));
    }
    this.#sink.frameRead();
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
