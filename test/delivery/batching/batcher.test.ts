import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Batcher, maxEventBytes, type ClosedBatch } from '../../../src/delivery/batching/batcher.js';

interface Sized {
  readonly text: string;
  readonly bytes: number;
}

const sized = (text: string): Sized => ({ text, bytes: Buffer.byteLength(text) });
const texts = (batch: ClosedBatch<Sized>): string[] => batch.records.map((record) => record.text);
const batcher = (over: Partial<ConstructorParameters<typeof Batcher>[0]> = {}): Batcher<Sized> =>
  new Batcher<Sized>({ maxRecords: 3, maxBytes: 20, envelopeBytes: 4, ...over });

describe('a batch', () => {
  const rows: readonly {
    readonly title: string;
    readonly records: readonly string[];
    readonly closes: readonly { readonly because: string; readonly records: readonly string[] }[];
  }[] = [
    {
      title: 'closes on the record that fills it',
      records: ['a', 'b', 'c', 'd'],
      closes: [{ because: 'size', records: ['a', 'b', 'c'] }],
    },
    {
      title: 'closes before a record that would not fit',
      records: ['aaaaaaaa', 'bbbbbbbb'],
      closes: [{ because: 'bytes', records: ['aaaaaaaa'] }],
    },
    { title: 'counts the commas between records', records: ['aaaaaaa', 'bbbbbbbb'], closes: [] },
    {
      title: 'carries a record that is too large by itself alone',
      records: ['a', 'b'.repeat(30), 'c'],
      closes: [
        { because: 'bytes', records: ['a'] },
        { because: 'bytes', records: ['b'.repeat(30)] },
      ],
    },
  ];
  it.each(rows)('$title', ({ records, closes }) => {
    const subject = batcher();
    const closed = records.flatMap((text) => subject.add(sized(text)));
    expect(closed.map((batch) => ({ because: batch.because, records: texts(batch) }))).toEqual(closes);
  });

  it('may be as large as the payload of a synchronous invocation: 6 MB', () => {
    expect(maxEventBytes).toBe(6_291_456);
  });

  it('never loses, repeats or reorders a record, never exceeds its limits, and knows its size', () => {
    const limits = fc.record({ maxRecords: fc.integer({ min: 1, max: 6 }), maxBytes: fc.integer({ min: 5, max: 60 }) });
    fc.assert(
      fc.property(fc.array(fc.string({ maxLength: 30 })), limits, (sent, { maxRecords, maxBytes }) => {
        const envelope = '[]';
        const subject = batcher({ maxRecords, maxBytes, envelopeBytes: envelope.length });
        const closed = [...sent.flatMap((text) => subject.add(sized(text))), subject.close('window')];

        expect(closed.flatMap(texts)).toEqual(sent);
        for (const batch of closed) {
          expect(batch.records.length).toBeLessThanOrEqual(maxRecords);
          expect(batch.bytes).toBe(Buffer.byteLength(`[${texts(batch).join(',')}]`));
          expect(batch.bytes <= maxBytes || batch.records.length === 1).toBe(true);
        }
      }),
    );
  });
});
