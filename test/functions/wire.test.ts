import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decodeInvocation,
  decodeSuccess,
  encodeInvocation,
  encodeSuccess,
} from '../../src/functions/environment/messages.js';
import { encodeFrame, FrameReader, maxFrameBytes, pieces } from '../../src/functions/environment/output-frame.js';
import { LineAssembler } from '../../src/functions/line-assembler.js';

describe('a message', () => {
  it('of a call is read as it was written, whatever the payload', () => {
    fc.assert(
      fc.property(
        fc.nat(),
        fc.uuid(),
        fc.oneof(fc.constant(''), fc.json()),
        fc.string({ unit: 'binary' }),
        (sequence, invocationId, clientContext, eventText) => {
          const call = { sequence, invocationId, clientContext, eventText };
          expect(decodeInvocation(encodeInvocation(call))).toEqual(call);
        },
      ),
    );
  });

  it('of an answer is read as it was written, whatever the payload', () => {
    fc.assert(
      fc.property(fc.nat(), fc.nat(), fc.boolean(), fc.json(), (sequence, frames, wroteRaw, responseText) => {
        const success = { sequence, frames, wroteRaw, responseText };
        expect(decodeSuccess(encodeSuccess(success))).toEqual(success);
      }),
    );
  });
});

describe('output', () => {
  it('survives being cut anywhere on its way', () => {
    const frame = fc.record({ text: fc.string({ unit: 'binary' }), sequence: fc.nat() });
    fc.assert(
      fc.property(fc.array(frame, { maxLength: 8 }), fc.array(fc.nat(60), { maxLength: 30 }), (frames, cuts) => {
        const bytes = Buffer.concat(frames.map((f) => encodeFrame('warn', f.sequence, Buffer.from(f.text))));
        const read: { text: string; sequence: number }[] = [];
        const reader = new FrameReader((f) => read.push({ text: f.body.toString(), sequence: f.sequence }));
        let at = 0;
        for (const cut of cuts) reader.push(bytes.subarray(at, (at += cut)));
        reader.push(bytes.subarray(at));
        expect(read).toEqual(frames.map((f) => ({ ...f, text: Buffer.from(f.text).toString() })));
      }),
    );
  });

  it('is cut to pieces that fit, never inside a character', () => {
    const text = '𝄞a'.repeat(100_000);

    const cut = pieces(text);

    expect(cut.join('')).toBe(text);
    expect(cut.every((piece) => Buffer.byteLength(piece) <= maxFrameBytes)).toBe(true);
    expect(cut.every((piece) => Buffer.from(piece).toString() === piece)).toBe(true);
  });

  it('becomes lines, whatever it was cut into', () => {
    const lines: string[] = [];
    const assembler = new LineAssembler((line) => lines.push(line));

    for (const byte of Buffer.from('grün\r\nblau\nro')) assembler.push(Buffer.from([byte]));
    expect(lines).toEqual(['grün', 'blau']);
    assembler.flush();
    assembler.flush();

    expect(lines).toEqual(['grün', 'blau', 'ro']);
  });

  it('without line ends is handed on before it fills memory', () => {
    const lines: string[] = [];
    const assembler = new LineAssembler((line) => lines.push(line));

    for (let i = 0; i < 20; i++) assembler.push(Buffer.alloc(64 * 1024, 'x'));

    expect(lines.length).toBeGreaterThan(1);
  });
});
