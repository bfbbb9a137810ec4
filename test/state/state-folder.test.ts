import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/platform/clock.js';
import { MillraceError } from '../../src/platform/millrace-error.js';
import { systemRandom } from '../../src/platform/random.js';
import { isRunning, processIdentity } from '../../src/state/process-identity.js';
import { readRunning } from '../../src/state/running.js';
import { openStateFolder, type StateFolder } from '../../src/state/state-folder.js';
import { temporaryFolders } from '../config/temporary-folder.js';

const temporary = temporaryFolders();
const children: ChildProcess[] = [];
afterAll(() => children.forEach((child) => child.kill('SIGKILL')));

const newFolder = async (): Promise<string> => path.join(await temporary(), 'deep', '.millrace');
const open = (folder: string): Promise<StateFolder> =>
  openStateFolder(folder, { clock: systemClock, random: systemRandom });
const somewhen = { startedAt: '2026-01-31T12:00:00.000Z', endpoints: {} };

interface Holder {
  readonly child: ChildProcess;
  readonly said: string;
}

/** Another process that tries to open the folder. */
async function holder(folder: string): Promise<Holder> {
  const script = path.resolve('test/state/hold-state-folder.ts');
  const child = spawn(process.execPath, ['--import', 'tsx', script, folder], { stdio: ['pipe', 'pipe', 'inherit'] });
  children.push(child);
  const [said] = (await once(child.stdout, 'data')) as [Buffer];
  return { child, said: said.toString().trim() };
}

describe('a state folder', () => {
  it('is created where it is missing, and is empty again after it was released', async () => {
    const folder = await newFolder();
    const state = await open(folder);
    expect(state.path).toBe(folder);
    expect((await stat(folder)).isDirectory()).toBe(true);

    await state.writeRunning(somewhen);
    await state.release();
    await state.release();
    expect(await readdir(folder)).toEqual([]);
  });

  it('has one owner at a time, also within a process', async () => {
    const folder = await newFolder();
    const first = await open(folder);
    const refused = await open(folder).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(MillraceError);
    expect(refused).toMatchObject({
      code: 'STATE_LOCKED',
      message: `the state folder ${folder} is in use by this process (${process.pid}); stop that runtime, or give this one a folder of its own (--state <folder>)`,
    });

    await first.release();
    await (await open(folder)).release();
  });

  it('of another process is refused with its pid, until that process is killed', async () => {
    const folder = await newFolder();
    const { child, said } = await holder(folder);
    expect(said).toBe('open');
    await expect(open(folder)).rejects.toMatchObject({
      code: 'STATE_LOCKED',
      message: expect.stringContaining(`${folder} is in use by process ${child.pid};`) as string,
    });
    expect(await readRunning(folder)).toMatchObject({ pid: child.pid, port: 9_400 });

    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(await readRunning(folder)).toBeUndefined();
    await using state = await open(folder);
    expect((await readdir(state.path)).filter((name) => name.startsWith('lock-'))).toHaveLength(1);
  });

  it('of another process is free once that has released it', async () => {
    const folder = await newFolder();
    const { child } = await holder(folder);
    child.stdin?.end();
    await once(child, 'exit');
    await expect(open(folder).then((state) => state.release())).resolves.toBeUndefined();
  });

  it('never has two owners, however many processes want it at once', async () => {
    const folder = await newFolder();
    const said = (await Promise.all(Array.from({ length: 5 }, () => holder(folder)))).map((each) => each.said);
    expect(said.filter((text) => text === 'open').length).toBeLessThanOrEqual(1);
    expect(said.filter((text) => text !== 'open').every((text) => text === 'refused STATE_LOCKED')).toBe(true);
  });

  it('is not blocked by an earlier process that had our pid, in a former container for example', async () => {
    const folder = await newFolder();
    await (await open(folder)).release();
    const earlier = `lock-${process.pid}-0badb007.17-00000000-0000-4000-8000-000000000000`;
    await writeFile(path.join(folder, earlier), '');
    await using state = await open(folder);
    expect(await readdir(state.path)).not.toContain(earlier);
  });

  it('is not blocked by a pid that now belongs to another program', async () => {
    const folder = await newFolder();
    await (await open(folder)).release();
    await writeFile(path.join(folder, 'lock-1-0badb007.17-00000000-0000-4000-8000-000000000000'), '');
    await expect(open(folder).then((state) => state.release())).resolves.toBeUndefined();
  });

  it.runIf(process.platform === 'linux')(
    'that the system has no room for, as under /proc, is refused as well',
    async () => {
      await expect(open('/proc/millrace/state')).rejects.toThrow(
        /^the state folder \/proc\/millrace\/state cannot be written: ENOENT/,
      );
    },
  );

  it('that cannot be written is refused with the reason and what to do', async () => {
    const file = path.join(await temporary({ 'not-a-folder': '' }), 'not-a-folder');
    await expect(open(path.join(file, 'state'))).rejects.toMatchObject({
      code: 'CONFIGURATION_INVALID',
      message: expect.stringMatching(
        /^the state folder .*\/state cannot be written: ENOTDIR.*; choose another one/,
      ) as string,
    });
    await expect(open(file)).rejects.toMatchObject({ code: 'CONFIGURATION_INVALID' });
  });
});

describe('what runs on a folder', () => {
  it('is told to other terminals, and may change', async () => {
    await using state = await open(await newFolder());
    await state.writeRunning(somewhen);
    await state.writeRunning({ ...somewhen, port: 9_401, endpoints: { sqs: 'http://127.0.0.1:1' } });

    expect(await readRunning(state.path)).toEqual({
      pid: process.pid,
      startedAt: '2026-01-31T12:00:00.000Z',
      port: 9_401,
      endpoints: { sqs: 'http://127.0.0.1:1' },
    });
    expect(JSON.parse(await readFile(path.join(state.path, 'running.json'), 'utf8'))).toMatchObject({
      pid: process.pid,
    });
  });

  it('is nothing when the folder is missing, or the file is not one of ours', async () => {
    expect(await readRunning(await newFolder())).toBeUndefined();
    for (const text of ['', '{', 'null', '{"pid":"1"}', '[]']) {
      expect(await readRunning(await temporary({ 'running.json': text }))).toBeUndefined();
    }
  });

  it('is nothing when its pid belongs to another program by now', async () => {
    const text = JSON.stringify({ pid: process.pid, identity: '0badb007.17', ...somewhen });
    const folder = await temporary({ 'running.json': text });
    expect(await readRunning(folder)).toBeUndefined();
  });
});

describe('a process', () => {
  it('has an identity that lasts as long as it does', async () => {
    expect(await processIdentity(process.pid)).toBe(await processIdentity(process.pid));
    expect(await isRunning(process.pid, await processIdentity(process.pid))).toBe(true);
    expect(await isRunning(process.pid, '')).toBe(true);
  });

  it('that was killed is gone although nobody has collected it', async () => {
    // A shell that starts a process and then waits for something else leaves it uncollected.
    const shell = spawn('sh', ['-c', 'sleep 60 & echo $!; exec sleep 60'], { stdio: ['ignore', 'pipe', 'inherit'] });
    children.push(shell);
    const [said] = (await once(shell.stdout, 'data')) as [Buffer];
    const pid = Number(said.toString());
    const identity = await processIdentity(pid);
    process.kill(pid, 'SIGKILL');
    await expect.poll(() => isRunning(pid, identity)).toBe(false);
  });
});
