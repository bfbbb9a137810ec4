import { EventEmitter } from 'node:events';
import { mkdirSync, renameSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { ConfigurationWatcher, settleMs } from '../../src/config/configuration-watcher.js';
import { systemClock, type Clock } from '../../src/platform/clock.js';
import { settled, VirtualClock } from '../fakes/virtual-clock.js';
import { temporaryFolders } from './temporary-folder.js';

const folder = temporaryFolders();

interface Watched {
  readonly file: string;
  readonly write: (text: string) => void;
  readonly watcher: ConfigurationWatcher;
  readonly changes: () => number;
  readonly sentences: readonly string[];
}

async function watched(name = 'millrace.yaml', clock: Clock = systemClock): Promise<Watched> {
  const file = path.join(await folder({ [name]: 'one' }), name);
  return { file, write: (text) => writeFileSync(file, text), ...watch(file, clock) };
}

function watch(file: string, clock: Clock = systemClock): Pick<Watched, 'watcher' | 'changes' | 'sentences'> {
  let changes = 0;
  const sentences: string[] = [];
  const watcher = new ConfigurationWatcher({
    file,
    clock,
    changed: () => changes++,
    cannotWatch: (because) => sentences.push(because),
  });
  onTestFinished(() => watcher.close());
  return { watcher, changes: () => changes, sentences };
}

/** One that watches by now, on a clock that stands still. */
async function started(clock: VirtualClock): Promise<Watched> {
  const it = await watched('millrace.yaml', clock);
  it.watcher.start();
  await untilNoticed(clock); // it looks at the file when it begins to watch
  await clock.advance(settleMs);
  return it;
}

/** Waits for that many changes; how many there have been then. */
async function untilChanges({ changes }: Pick<Watched, 'changes'>, count: number): Promise<number> {
  await vi.waitUntil(() => changes() >= count, { timeout: 5_000, interval: 5 });
  return changes();
}

/** Resolves when the watcher has heard of something and waits for it to settle. */
function untilNoticed(clock: VirtualClock): Promise<unknown> {
  return vi.waitUntil(() => clock.pending === 1, { timeout: 5_000, interval: 5 });
}

/** Writes until the watcher, which waits already, has heard of it. */
function writeUntilNoticed({ write }: Watched, clock: VirtualClock): Promise<unknown> {
  const after = vi.spyOn(clock, 'after');
  let writes = 0;
  const heard = (): boolean => {
    if (after.mock.calls.length > 0) return true;
    write(`again ${++writes}`);
    return false;
  };
  return vi.waitUntil(heard, { timeout: 5_000, interval: 20 });
}

describe('a change of the configuration file is noticed', () => {
  const edits: readonly (readonly [string, (file: string) => void])[] = [
    ['written over', (file) => writeFileSync(file, 'two')],
    [
      'written beside and renamed over it',
      (file) => {
        writeFileSync(`${file}~`, 'two');
        renameSync(`${file}~`, file);
      },
    ],
    [
      'renamed away and written anew',
      (file) => {
        renameSync(file, `${file}.bak`);
        writeFileSync(file, 'two');
      },
    ],
    [
      'deleted and written anew',
      (file) => {
        rmSync(file);
        writeFileSync(file, 'two');
      },
    ],
    [
      'written in several steps',
      (file) => {
        for (const text of ['', 't', 'tw', 'two']) writeFileSync(file, text);
      },
    ],
    [
      'written with the size and the time that it had',
      (file) => {
        writeFileSync(file, 'eno');
        utimesSync(file, 1_000_000, 1_000_000);
      },
    ],
  ];
  it.each(edits)('once when it is %s, each time', async (_, edit) => {
    const it = await watched();
    utimesSync(it.file, 1_000_000, 1_000_000);
    it.watcher.start();

    edit(it.file);
    expect(await untilChanges(it, 1)).toBe(1);
    it.write('three');
    expect(await untilChanges(it, 2)).toBe(2);
    edit(it.file);
    expect(await untilChanges(it, 3)).toBe(3);
    expect(it.sentences).toEqual([]);
  });

  it.each(['millrace.yml', 'millrace.json', 'millrace.ts', 'millrace.mjs'])('of %s too', async (name) => {
    const it = await watched(name);
    it.watcher.start();

    it.write('two');

    expect(await untilChanges(it, 1)).toBe(1);
  });

  it('that lies between the making of the watcher and its start', async () => {
    const it = await watched();

    it.write('two');
    it.watcher.start();

    expect(await untilChanges(it, 1)).toBe(1);
  });

  it('when it has settled, and not before', async () => {
    const clock = new VirtualClock();
    const it = await started(clock);

    it.write('two');
    await untilNoticed(clock);
    await clock.advance(settleMs - 1);
    expect(it.changes()).toBe(0);
    await writeUntilNoticed(it, clock);
    await clock.advance(settleMs - 1);
    expect(it.changes()).toBe(0);
    await clock.advance(1);
    expect(it.changes()).toBe(1);
  });

  it('when it is deleted, and when it is back', async () => {
    const it = await watched();
    it.watcher.start();

    rmSync(it.file);
    expect(await untilChanges(it, 1)).toBe(1);
    it.write('one');
    expect(await untilChanges(it, 2)).toBe(2);
  });

  it('when it appears', async () => {
    const file = path.join(await folder(), 'millrace.yaml');
    const it = watch(file);
    it.watcher.start();

    writeFileSync(file, 'one');

    expect(await untilChanges(it, 1)).toBe(1);
  });

  it('when it is a link, and what it leads to is written or replaced, or the link is', async () => {
    const where = await folder({ 'a.yaml': 'one', 'c.yaml': 'three' });
    mkdirSync(path.join(where, 'project'));
    const file = path.join(where, 'project', 'millrace.yaml');
    symlinkSync('../a.yaml', file);
    const it = watch(file);
    it.watcher.start();

    writeFileSync(path.join(where, 'a.yaml'), 'two');
    expect(await untilChanges(it, 1)).toBe(1);
    for (const count of [2, 3]) {
      writeFileSync(path.join(where, 'a.yaml~'), `${count}`);
      renameSync(path.join(where, 'a.yaml~'), path.join(where, 'a.yaml'));
      expect(await untilChanges(it, count)).toBe(count);
    }
    symlinkSync('../c.yaml', `${file}~`);
    renameSync(`${file}~`, file);
    expect(await untilChanges(it, 4)).toBe(4);
  });
});

describe('no change is', () => {
  const nothings: readonly (readonly [string, (file: string) => void])[] = [
    ['a touch', (file) => utimesSync(file, 2_000_000, 2_000_000)],
    ['the same text again', (file) => writeFileSync(file, 'one')],
    [
      'the same text in another file',
      (file) => {
        writeFileSync(`${file}~`, 'one');
        renameSync(`${file}~`, file);
      },
    ],
    [
      'another text that is taken back at once',
      (file) => {
        writeFileSync(file, 'two');
        writeFileSync(file, 'one');
      },
    ],
  ];
  it.each(nothings)('%s', async (_, edit) => {
    const clock = new VirtualClock();
    const it = await started(clock);

    edit(it.file);
    await untilNoticed(clock);
    await clock.advance(settleMs);

    expect(it.changes()).toBe(0);
  });

  it('a change of a file beside it', async () => {
    const it = await watched();
    it.watcher.start();

    writeFileSync(path.join(path.dirname(it.file), 'other.yaml'), 'two');
    writeFileSync(`${it.file}.bak`, 'two');
    it.write('two');

    expect(await untilChanges(it, 1)).toBe(1);
  });
});

describe('a watcher of the configuration', () => {
  it('leaves nothing behind when it is closed', async () => {
    const clock = new VirtualClock();
    const before = watches();
    const it = await started(clock);
    it.write('two');
    await untilNoticed(clock);

    await it.watcher.close();
    await it.watcher.close();

    expect(clock.pending).toBe(0);
    expect(watches()).toBe(before);
    await clock.advance(settleMs);
    expect(it.changes()).toBe(0);
  });

  it('can be closed while it starts', async () => {
    const before = watches();
    const it = await watched();
    it.watcher.start();
    await it.watcher.close();

    expect(watches()).toBe(before);
  });

  it('does not start when it is closed', async () => {
    const chokidar = vi.fn<() => unknown>(() => failsLater(''));
    vi.doMock('chokidar', () => ({ watch: chokidar }));
    onTestFinished(() => vi.doUnmock('chokidar'));
    const it = await watched();

    await it.watcher.close();
    it.watcher.start();
    await import('chokidar');
    await settled();

    expect(chokidar).not.toHaveBeenCalled();
  });

  const failures: readonly (readonly [string, () => unknown])[] = [
    [
      'watching does not begin',
      () => {
        throw new Error('too many');
      },
    ],
    ['watching fails later', () => failsLater('too many')],
  ];
  it.each(failures)('says in a sentence that %s', async (_, chokidar) => {
    vi.doMock('chokidar', () => ({ watch: chokidar }));
    onTestFinished(() => vi.doUnmock('chokidar'));
    const it = await watched();

    it.watcher.start();
    await vi.waitUntil(() => it.sentences.length === 1);

    expect(it.sentences).toEqual([`changes of ${it.file} are not noticed, restart to apply them: too many`]);
    expect(await it.watcher.close()).toBeUndefined();
  });
});

function failsLater(message: string): unknown {
  const watcher = Object.assign(new EventEmitter(), { close: () => Promise.resolve() });
  setImmediate(() => watcher.emit('error', new Error(message)));
  return watcher;
}

function watches(): number {
  return process.getActiveResourcesInfo().filter((kind) => kind === 'FSEventWrap').length;
}
