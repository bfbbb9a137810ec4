import { spawn } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, onTestFinished, test } from 'vitest';

const command = path.resolve('dist/cli/main.js');

/** What "Start in one minute" of the README makes people create. */
function quickstart(): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'millrace-quickstart-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const file of ['orders.mjs', 'millrace.yaml']) {
    cpSync(path.join('fixtures/quickstart', file), path.join(folder, file));
  }
  return folder;
}

interface Running {
  readonly exitCode: Promise<number | null>;
  /** Resolves with everything printed so far as soon as it holds the given text, or when the command has ended. */
  readonly printed: (what: string) => Promise<string>;
}

function millrace(folder: string, ...args: readonly string[]): Running {
  const child = spawn(process.execPath, [command, ...args], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  let output = '';
  let look: (() => void) | undefined;
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk;
      look?.();
    });
  }
  return {
    exitCode: ended,
    printed: (what) =>
      new Promise((resolve) => {
        look = () => {
          if (output.includes(what)) resolve(output);
        };
        look();
        void ended.then(() => resolve(output));
      }),
  };
}

async function outputOf(folder: string, ...args: readonly string[]): Promise<string> {
  const child = spawn(process.execPath, [command, ...args], { cwd: folder, stdio: ['ignore', 'pipe', 'inherit'] });
  return text(child.stdout);
}

test('the quick start of the README delivers a message, and why tells its life', async () => {
  const folder = quickstart();
  const run = millrace(folder, 'run', '--until-idle=3', '--port', '0');
  expect(await run.printed('polling queue orders')).toContain('polling queue orders');

  const id = (await outputOf(folder, 'send', 'orders', '{"id": 1, "amount": 12.5}')).trim();

  expect(await run.exitCode).toBe(0);
  const console = await run.printed('');
  expect(console).toContain('│ order 1: 12.5');
  expect(console).toMatch(/✔ orders → orders {2}1 record · poll · \d+ ms/);
  const life = await outputOf(folder, 'why', id.slice(0, 8));
  expect(life).toContain('succeeded after');
  expect(life).toContain('→ Handled after 1 try and deleted from the queue.');
});

test('the configuration of the quick start passes the check', async () => {
  expect(await outputOf(quickstart(), 'check')).toContain('0 errors, 0 warnings');
});
