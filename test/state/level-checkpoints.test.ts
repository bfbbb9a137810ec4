import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { ClassicLevel } from 'classic-level';
import { afterAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import type { PartitionState } from '../../src/contracts/checkpoint-store.js';
import { MillraceError } from '../../src/platform/millrace-error.js';
import { LevelCheckpointStore } from '../../src/state/level-checkpoints.js';
import { temporaryFolders } from '../config/temporary-folder.js';
import { checkpointStoreContract } from './checkpoint-store-contract.js';
import { after, claimed, partitionsOf } from './partition-states.js';

const temporary = temporaryFolders();
const children: ChildProcess[] = [];
afterAll(() => children.forEach((child) => child.kill('SIGKILL')));

const newFolder = async (): Promise<string> => path.join(await temporary(), '.millrace', 'checkpoints');

checkpointStoreContract({
  name: 'a folder',
  survives: true,
  create: async () => {
    const folder = await newFolder();
    return { open: () => LevelCheckpointStore.open(folder), dispose: async () => {} };
  },
});

interface Writer {
  readonly child: ChildProcess;
  readonly nextLine: () => Promise<string>;
}

/** Another process that writes into the folder, beginning with this number. */
function writer(folder: string, mode: 'checkpoint' | 'replace' | 'hold', first = 0): Writer {
  const script = path.resolve('test/state/write-checkpoints.ts');
  const node = ['--import', 'tsx', script, path.dirname(folder), mode, `${first}`];
  const child = spawn(process.execPath, node, { stdio: ['pipe', 'pipe', 'inherit'] });
  children.push(child);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return { child, nextLine: async () => String((await lines.next()).value) };
}

/** Lets it store so many values, kills it in the middle of its work, and resolves with the last that it told of. */
async function killedAfter({ child, nextLine }: Writer, count: number): Promise<number> {
  let last = 0;
  expect(await nextLine()).toBe('open');
  for (let left = count; left > 0; left--) last = Number((await nextLine()).replace('stored ', ''));
  child.kill('SIGKILL');
  for (let line = await nextLine(); line.startsWith('stored '); line = await nextLine()) last = Number(line.slice(7));
  return last;
}

const positions = (partitions: ReadonlyMap<string, PartitionState>): readonly number[] =>
  [...partitions.values()].map((state) =>
    state.kind === 'open' && state.from.kind === 'after' ? Number(state.from.position) : Number.NaN,
  );

describe('a process that is killed in the middle of writing', () => {
  it('leaves of each checkpoint the last that was stored, or the one that was being stored', async () => {
    const folder = await newFolder();
    let next = 1;
    for (const count of [3, 40, 170]) {
      const last = await killedAfter(writer(folder, 'checkpoint', next), count);
      const store = await LevelCheckpointStore.open(folder);
      const { identity, partitions } = await store.ledger('mapping-1').read();
      await store.close();
      expect([identity, ...partitions.keys()]).toEqual(['stream-1', 'a', 'b', 'c', 'd']);
      for (const position of positions(partitions)) expect([last, last + 1]).toContain(position);
      next = last + 2;
    }
  });

  it('leaves the value before, whole, where a write was cut off in its middle', async () => {
    const folder = await newFolder();
    const last = await killedAfter(writer(folder, 'checkpoint', 1), 20);
    const [log = ''] = (await readdir(folder)).filter((name) => name.endsWith('.log'));
    const content = await readFile(path.join(folder, log));
    await truncate(path.join(folder, log), content.length - 3);
    const store = await LevelCheckpointStore.open(folder);
    const { partitions } = await store.ledger('mapping-1').read();
    await store.close();
    const [position, ...others] = positions(partitions);
    expect([last - 1, last]).toContain(position);
    expect(others).toEqual([position, position, position]);
  });

  it('leaves all of a beginning, or all of the one before', async () => {
    const folder = await newFolder();
    let next = 1;
    for (const count of [1, 20, 55]) {
      const last = await killedAfter(writer(folder, 'replace', next), count);
      const store = await LevelCheckpointStore.open(folder);
      const { identity, partitions } = await store.ledger('mapping-1').read();
      await store.close();
      const number = Number(identity?.replace('stream-', ''));
      expect([last, last + 1]).toContain(number);
      expect(partitions).toEqual(partitionsOf(['a', 'b', 'c', 'd'], after(`${number}`)));
      next = last + 2;
    }
  });
});

describe('a second process on the same folder', () => {
  it('is told that it is in use, and what to do; the folder of a killed process is free', async () => {
    const folder = await newFolder();
    const holder = writer(folder, 'hold');
    expect(await holder.nextLine()).toBe('open');
    const advice =
      'are in use by another process; stop it, or give this one a state folder of its own (--state <folder>)';
    const refused = await LevelCheckpointStore.open(folder).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(MillraceError);
    expect(refused).toMatchObject({ code: 'STATE_LOCKED', message: `the checkpoints in ${folder} ${advice}` });

    holder.child.kill('SIGKILL');
    await once(holder.child, 'exit');
    const store = await LevelCheckpointStore.open(folder);
    expect(await writer(folder, 'hold').nextLine()).toBe(`refused STATE_LOCKED the checkpoints in ${folder} ${advice}`);
    await store.close();
  });
});

/** A folder with one checkpoint, closed: its content is in a table file by then. */
async function filledFolder(): Promise<string> {
  const folder = await newFolder();
  for (const position of ['1', '2']) {
    const store = await LevelCheckpointStore.open(folder);
    const ledger = store.ledger('mapping-1');
    await ledger.begin('stream-1', partitionsOf(['a']));
    await (await claimed(ledger, 'a')).checkpoint(position);
    await store.close();
  }
  return folder;
}

async function garble(folder: string, kind: RegExp): Promise<void> {
  for (const file of (await readdir(folder)).filter((name) => kind.test(name))) {
    const { length } = await readFile(path.join(folder, file));
    await writeFile(path.join(folder, file), Buffer.alloc(length, 'x'));
  }
}

async function removeFiles(folder: string, kind: RegExp): Promise<void> {
  for (const file of (await readdir(folder)).filter((name) => kind.test(name))) await rm(path.join(folder, file));
}

async function inDatabase(folder: string, change: (database: ClassicLevel) => Promise<void>): Promise<void> {
  const database = new ClassicLevel(folder, { createIfMissing: false });
  await change(database);
  await database.close();
}

const damages: readonly {
  readonly what: string;
  readonly damage: (folder: string) => Promise<void>;
  readonly says: RegExp;
}[] = [
  {
    what: 'the file that names the others is lost',
    damage: (folder) => removeFiles(folder, /^CURRENT$/),
    says: /they are damaged \(.*does not exist/,
  },
  {
    what: 'the list of files is garbage',
    damage: (folder) => garble(folder, /^MANIFEST/),
    says: /they are damaged \(/,
  },
  {
    what: 'the tables are garbage',
    damage: (folder) => garble(folder, /\.ldb$/),
    says: /they are damaged \(.*sstable/,
  },
  {
    what: 'a table is lost',
    damage: (folder) => removeFiles(folder, /\.ldb$/),
    says: /they are damaged \(.*missing files/,
  },
  {
    what: 'nothing is left in the database',
    damage: async (folder) => {
      await rm(folder, { recursive: true });
      await mkdir(folder);
      const database = new ClassicLevel(folder);
      await database.open();
      await database.close();
    },
    says: /they are damaged \(the beginning of the database is gone\)/,
  },
  {
    what: 'a checkpoint is no JSON',
    damage: (folder) => inDatabase(folder, (db) => db.put('mapping/mapping-1/partition/a', '{"v":1,"kind":"op')),
    says: /the checkpoint of a: "\{\\"v\\":1,\\"kind\\":\\"op" is not a checkpoint/,
  },
  {
    what: 'a checkpoint has no position',
    damage: (folder) =>
      inDatabase(folder, (db) =>
        db.put('mapping/mapping-1/partition/a', '{"v":1,"kind":"open","from":{"kind":"after"}}'),
      ),
    says: /the checkpoint of a: .* is not a checkpoint/,
  },
  {
    what: 'a checkpoint is of a newer version',
    damage: (folder) => inDatabase(folder, (db) => db.put('mapping/mapping-1/partition/a', '{"v":2,"kind":"ended"}')),
    says: /the checkpoint of a: it was written by a newer millrace \(format 2, and this one knows 1\): update millrace/,
  },
  {
    what: 'the database is of a newer version',
    damage: (folder) => inDatabase(folder, (db) => db.put('format', '2')),
    says: /they were written by a newer millrace \(format 2\)/,
  },
  {
    what: 'the stream of a mapping is lost',
    damage: (folder) => inDatabase(folder, (db) => db.del('mapping/mapping-1/stream')),
    says: /which stream the checkpoints of mapping mapping-1 belong to is gone/,
  },
  {
    // What LevelDB leaves of a log that is damaged near its beginning.
    what: 'everything of a mapping is lost',
    damage: (folder) => inDatabase(folder, (db) => db.clear({ gte: 'mapping/', lt: 'mapping0' })),
    says: /which stream the checkpoints of mapping mapping-1 belong to is gone/,
  },
  {
    what: 'the list of mappings is lost in part',
    damage: (folder) => writeFile(path.join(folder, 'begun.json'), '["mapping-1'),
    says: /they are damaged \(.*JSON/,
  },
];

describe('a damaged folder is never taken for a new one', () => {
  it.each(damages)('when $what', async ({ damage, says }) => {
    const folder = await filledFolder();
    await damage(folder);
    let store: LevelCheckpointStore | undefined;
    const read = async (): Promise<unknown> => {
      store = await LevelCheckpointStore.open(folder);
      return store.ledger('mapping-1').read();
    };
    const refused = await read().catch((error: unknown) => error);
    await store?.close();
    expect(refused).toBeInstanceOf(MillraceError);
    expect((refused as Error).message).toMatch(says);
    expect((refused as Error).message).toContain(`the checkpoints in ${folder} cannot be used: `);
    expect((refused as Error).message).toContain('put back a copy of that folder, or delete it');
  });

  it('and what a killed creation left behind is not taken for a damaged one', async () => {
    const folder = await newFolder();
    await mkdir(`${folder}.new`, { recursive: true });
    await writeFile(path.join(`${folder}.new`, 'CURRENT'), 'MANIFEST-0');
    const store = await LevelCheckpointStore.open(folder);
    expect(await store.ledger('mapping-1').read()).toEqual({ identity: undefined, partitions: new Map() });
    await store.close();
    expect(await readdir(path.dirname(folder))).toEqual(['checkpoints']);
  });
});

describe('a folder that cannot be used', () => {
  it('is named, with what to do', async () => {
    const file = path.join(await temporary({ taken: '' }), 'taken');
    await expect(LevelCheckpointStore.open(file)).rejects.toMatchObject({
      code: 'CONFIGURATION_INVALID',
      message: expect.stringMatching(
        /^the checkpoints in .*taken cannot be opened: ENOTDIR.*; make the folder writable, or choose another one/,
      ) as string,
    });
  });

  it('fails the writes that came too late, and says where', async () => {
    const folder = await newFolder();
    const store = await LevelCheckpointStore.open(folder);
    const ledger = store.ledger('mapping-1');
    await ledger.begin('stream-1', partitionsOf(['a']));
    const lease = await claimed(ledger, 'a');
    await store.close();
    await expect(lease.checkpoint('1')).rejects.toThrow(`the checkpoints in ${folder} cannot be written: `);
    await expect(ledger.read()).rejects.toThrow(`the checkpoints in ${folder} cannot be read: `);
  });
});

describe('a write that fails', () => {
  it('is followed by none in the same file: LevelDB would leave out what comes behind it', async () => {
    const folder = await newFolder();
    const store = await LevelCheckpointStore.open(folder);
    const ledger = store.ledger('mapping-1');
    await ledger.begin('stream', partitionsOf(['a'], after('0')));
    const [lease] = await ledger.claim(['a']);
    const batch = vi.spyOn(ClassicLevel.prototype, 'batch').mockRejectedValueOnce(new Error('no space left'));
    const reopened = vi.spyOn(ClassicLevel.prototype, 'open');
    onTestFinished(() => void vi.restoreAllMocks());
    await expect(lease?.checkpoint('1')).rejects.toThrow('no space left');
    await lease?.checkpoint('2');
    expect(batch).toHaveBeenCalledTimes(2);
    expect(reopened).toHaveBeenCalled();
    await lease?.checkpoint('3');
    expect(reopened).toHaveBeenCalledOnce();
    await store.close();
    const next = await LevelCheckpointStore.open(folder);
    expect(positions((await next.ledger('mapping-1').read()).partitions)).toEqual([3]);
    await next.close();
  });
});
