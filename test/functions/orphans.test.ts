import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, it } from 'vitest';
import { handlers } from './world.js';

const moduleUrl = (file: string): string => JSON.stringify(pathToFileURL(path.resolve('dist', file)).href);

const script = `
  const { createFunctionSet } = await import(${moduleUrl('functions/function-set.js')});
  const { systemClock } = await import(${moduleUrl('platform/clock.js')});
  const { systemRandom } = await import(${moduleUrl('platform/random.js')});
  const definition = {
    name: 'orders', arn: 'arn', role: 'role', root: ${JSON.stringify(handlers)}, timeoutMs: 60_000, memoryMb: 128,
    code: { kind: 'module', handler: 'deaths.echo' }, qualified: new Map(), variables: {}, reservedConcurrency: undefined,
  };
  const functions = createFunctionSet({
    definitions: new Map([['orders', definition]]), region: 'eu-west-1', endpointVariables: {},
    clock: systemClock, random: systemRandom, journal: { write() {} },
  });
  const request = { invocationId: 'id', eventText: '{}', started() {}, log() {} };
  console.log((await functions.get('orders').invoke(request)).responseText);
`;

it('an environment ends when the runtime is killed', async () => {
  const runtime = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(runtime.stdout, 'data')) as [Buffer];
  const pid = Number(line.toString());
  expect(process.kill(pid, 0)).toBe(true);

  runtime.kill('SIGKILL');

  await expect.poll(() => isAlive(pid), { timeout: 5_000 }).toBe(false);
});

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
