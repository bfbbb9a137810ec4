import { createLogUpdate } from 'log-update';
import { Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { colours } from '../../../src/readers/console/colours.js';
import { ConsoleLines } from '../../../src/readers/console/console-lines.js';
import type { JournalEntry } from '../../../src/journal/events.js';
import { JsonLines } from '../../../src/readers/console/json-lines.js';
import { LiveStatus } from '../../../src/readers/console/live-status.js';
import { StatusBoard } from '../../../src/readers/status/status.js';
import { VirtualClock } from '../../fakes/virtual-clock.js';
import { at, callOf, orders } from '../sample-entries.js';

const call = callOf({ records: ['r-1'] });
const notice = (because: string): JournalEntry => at(0, { type: 'notice', level: 'info', because });

/** What an output was given; a slow one takes nothing until it is told to. */
class FakeStream extends Writable {
  written = '';
  writes = 0;
  readonly isTTY: boolean;
  readonly columns = 100;
  readonly rows = 30;
  #blocked: (() => void) | undefined;
  #slow: boolean;

  constructor({ isTTY = false, slow = false } = {}) {
    super({ highWaterMark: 16 });
    this.isTTY = isTTY;
    this.#slow = slow;
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.written += chunk.toString();
    this.writes++;
    if (this.#slow) this.#blocked = done;
    else done();
  }

  /** From now on it is as quick as any other. */
  takeAll(): void {
    this.#slow = false;
    this.#blocked?.();
  }
}

describe('the live status', () => {
  it('writes lines only, and no control sequence, where there is no terminal', async () => {
    const { stream, live, board, clock } = world({ isTTY: false });
    for (const event of [call.batched, call.invoked, call.succeeded]) {
      board.read(at(0, event));
      live.read(at(0, event));
    }
    await clock.advance(20);
    await live.stop();
    expect(stream.written).toBe('12:00:00.000Z ✔ orders → process-orders  1 record · window · 12 ms\n');
    expect(clock.pending).toBe(0);
  });

  it('keeps the table below the lines on a terminal', async () => {
    const { stream, live, clock } = world({ isTTY: true });
    await clock.advance(0);
    expect(stream.written).toContain('mapping');
    live.read(notice('hello'));
    await clock.advance(20);
    const [before, after] = stream.written.split('i hello');
    expect(before).toContain('mapping');
    expect(after).toContain('orders → process-orders');
    await live.stop();
  });

  it('redraws at most four times a second, and not at all when nothing changed', async () => {
    const { stream, live, board, clock } = world({ isTTY: true });
    await clock.advance(10_000);
    expect(drawings(stream)).toBe(1);
    for (let ms = 0; ms < 2_000; ms += 10) {
      board.read(at(ms, call.received));
      live.read(at(ms, call.received));
      await clock.advance(10);
    }
    expect(drawings(stream)).toBeGreaterThanOrEqual(7);
    expect(drawings(stream)).toBeLessThanOrEqual(10);
    await live.stop();
  });

  it('leaves the last state on the screen and no timer behind', async () => {
    const { stream, live, board, clock } = world({ isTTY: true });
    await clock.advance(1_000);
    board.read(at(0, call.received));
    live.read(at(0, call.received));
    live.print('bye');
    await live.stop();
    await live.stop();
    expect(stream.written).toMatch(/bye[^]*polled yet/);
    expect(stream.written.slice(stream.written.indexOf('bye'))).toMatch(/process-orders +starting +0 +1 /);
    expect(clock.pending).toBe(0);
    live.print('after the end');
    expect(stream.written.endsWith('after the end\n')).toBe(true);
  });

  it('keeps to the height of the terminal', async () => {
    const { stream, live, clock } = world({ isTTY: true, mappings: 200 });
    await clock.advance(0);
    expect(stream.written.split('\n').length).toBeLessThan(stream.rows);
    expect(stream.written).toMatch(/… and \d+ more/);
    await live.stop();
  });
});

describe('JSON lines', () => {
  it('are the entries, several in one write', async () => {
    const stream = new FakeStream();
    const clock = new VirtualClock();
    const lines = new JsonLines({ stream, clock });
    for (const event of [call.received, call.invoked, call.settled]) lines.read(at(0, event));
    await clock.advance(20);
    await lines.flush();
    expect(
      stream.written
        .trimEnd()
        .split('\n')
        .map((text) => (JSON.parse(text) as JournalEntry).type),
    ).toEqual(['received', 'invoked', 'settled']);
    expect(stream.writes).toBeLessThanOrEqual(2);
    expect(stream.written).not.toContain('payload');
  });

  it('do not pile up for a reader that is too slow: a notice says how many are missing', async () => {
    const stream = new FakeStream({ slow: true });
    const lines = new JsonLines({ stream, clock: new VirtualClock() });
    const entry = notice('x'.repeat(30_000));
    for (let count = 0; count < 3_500; count++) lines.read(entry);
    expect(stream.writableLength).toBeLessThan(66 * 1_024 * 1_024);
    stream.takeAll();
    await lines.flush();
    const written = stream.written.trimEnd().split('\n');
    const [gap = '', ...more] = written.filter((text) =>
      text.includes(' entries left out: standard output is read too slowly'),
    );
    expect(more).toEqual([]);
    const missing = Number(/"because":"([\d,]+) /.exec(gap)?.[1]?.replaceAll(',', ''));
    expect(missing).toBeGreaterThan(1_000);
    expect(written.length - 1 + missing).toBe(3_500);
  });

  it('end quietly when the reader goes away', async () => {
    const stream = new FakeStream();
    const lines = new JsonLines({ stream, clock: new VirtualClock() });
    stream.destroy(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }));
    lines.read(notice('nobody reads this'));
    await lines.flush();
    expect(stream.written).toBe('');
  });
});

interface WorldOptions {
  readonly isTTY: boolean;
  readonly mappings?: number;
}

function world({ isTTY, mappings = 1 }: WorldOptions) {
  const clock = new VirtualClock();
  const stream = new FakeStream({ isTTY });
  const board = new StatusBoard(
    Array.from({ length: mappings }, (_, index) => ({
      ...orders,
      uuid: index === 0 ? orders.uuid : `u-${index}`,
      kind: 'queue' as const,
      source: 'arn',
      function: 'process-orders',
    })),
  );
  const plain = colours(false);
  const lines = new ConsoleLines({ level: 'info', colours: plain });
  return {
    clock,
    stream,
    board,
    live: new LiveStatus({ stream, clock, board, lines, colours: plain, redraw: createLogUpdate }),
  };
}

/** How often the terminal was told to show a new frame. */
function drawings(stream: FakeStream): number {
  return stream.written.split('\u001B[?2026h').length - 1;
}
