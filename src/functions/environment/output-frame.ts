import type { LogLine } from '../lambda-function.js';

/**
 * What a frame of output holds: a finished line of a console level, or a piece of what was written to a stream, which
 * may begin or end in the middle of a line or even of a character.
 */
const frameKinds = ['trace', 'debug', 'info', 'warn', 'error', 'stdout', 'stderr'] as const;
export type FrameKind = (typeof frameKinds)[number];

/** The longest text of one frame, in UTF-8 bytes: a handler that logs one huge string does not become one huge event. */
export const maxFrameBytes = 256 * 1024;

/** Kind (1 byte), sequence number of the call it belongs to (4 bytes, 0: none), length of what follows (4 bytes). */
const headerBytes = 9;

export interface OutputFrame {
  readonly kind: FrameKind;
  readonly sequence: number;
  readonly body: Buffer;
}

/** The level of what is written to a stream directly. */
export const streamLevels = { stdout: 'info', stderr: 'error' } as const satisfies Record<string, LogLine['level']>;

export function encodeFrame(kind: FrameKind, sequence: number, body: Uint8Array): Buffer {
  const frame = Buffer.allocUnsafe(headerBytes + body.length);
  frame.writeUInt8(frameKinds.indexOf(kind), 0);
  frame.writeUInt32LE(sequence, 1);
  frame.writeUInt32LE(body.length, 5);
  frame.set(body, headerBytes);
  return frame;
}

/** Cuts a byte stream into frames. */
export class FrameReader {
  readonly #onFrame: (frame: OutputFrame) => void;
  #rest: Buffer = Buffer.alloc(0);

  constructor(onFrame: (frame: OutputFrame) => void) {
    this.#onFrame = onFrame;
  }

  push(chunk: Buffer): void {
    let bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    while (bytes.length >= headerBytes) {
      const end = headerBytes + bytes.readUInt32LE(5);
      if (bytes.length < end) break;
      const kind = frameKinds[bytes.readUInt8(0)];
      if (kind !== undefined) {
        this.#onFrame({ kind, sequence: bytes.readUInt32LE(1), body: bytes.subarray(headerBytes, end) });
      }
      bytes = bytes.subarray(end);
    }
    this.#rest = bytes;
  }
}

/**
 * Cuts text into pieces of at most `maxFrameBytes`, never inside a character. A character takes at most three bytes
 * per UTF-16 unit, so counting units is enough and nothing is measured twice.
 */
export function pieces(text: string): readonly string[] {
  const longest = Math.floor(maxFrameBytes / 3);
  if (text.length <= longest) return [text];
  const cut: string[] = [];
  for (let start = 0; start < text.length;) {
    let end = Math.min(start + longest, text.length);
    const last = text.charCodeAt(end - 1);
    if (end < text.length && last >= 0xd800 && last <= 0xdbff) end--; // the second half of the pair goes with the first
    cut.push(text.slice(start, end));
    start = end;
  }
  return cut;
}
