import { cpSync, symlinkSync } from 'node:fs';
import { appendFile, mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { patient, workbench, type Project, type Workbench } from '../support/workbench.js';

const source = path.resolve('fixtures/json-lines-source');

/** The sample as somebody has it who has installed millrace. */
async function sample(bench: Workbench): Promise<Project> {
  const project = await bench.project('');
  cpSync(source, project.folder, { recursive: true });
  await project.write('package.json', '{"type": "module"}');
  await mkdir(project.path('node_modules'));
  symlinkSync(path.resolve('.'), project.path('node_modules/millrace'));
  return project;
}

const mapping = 'orders.jsonl';
const idle = '--until-idle=0.5';

describe.concurrent('a source of one’s own, which the configuration names', patient, () => {
  it('is read like any other, from where its checkpoint is', async (test) => {
    const project = await sample(workbench(test));
    const first = project.run(idle);
    expect(await first.exitCode()).toBe(0);
    await appendFile(project.path('orders.jsonl'), '{"item":"milk"}\n');
    const second = project.run(idle);

    expect(await second.exitCode()).toBe(0);
    expect(first.logs(mapping)).toEqual(['line at byte 0: tea', 'line at byte 15: coffee']);
    expect(second.logs(mapping)).toEqual(['line at byte 33: milk']);
  });

  it('has its bad records found by bisecting, and explained', async (test) => {
    const project = await sample(workbench(test));
    await appendFile(project.path('orders.jsonl'), 'no JSON\n{"item":"milk"}\n');
    const run = project.run(idle);
    expect(await run.exitCode()).toBe(1);
    const why = project.millrace(['why', 'file:33']);

    expect(await why.exitCode()).toBe(0);
    expect(why.stdout).toMatch(/SyntaxError: /);
    expect(why.stdout).toContain('→ Given up');
    expect(run.all('discarded').map(({ record }) => record)).toEqual(['33']);
    expect(run.logs(mapping).at(-1)).toBe('line at byte 41: milk');
  });

  it('takes what millrace send gives, and can be rewound', async (test) => {
    const project = await sample(workbench(test));
    expect(await project.run(idle).exitCode()).toBe(0);
    const send = project.millrace(['send', mapping, '{"item":"salt"}']);
    expect(await send.exitCode()).toBe(0);
    const rewind = project.millrace(['rewind', mapping, '--to', 'TRIM_HORIZON']);
    expect(await rewind.exitCode()).toBe(0);
    const again = project.run(idle);

    expect(await again.exitCode()).toBe(0);
    expect(again.logs(mapping).map((line) => line.split(' ').at(-1))).toEqual(['tea', 'coffee', 'salt']);
    expect(send.stdout).toBe('33');
  });

  it('is waited for, with its own reason, while it is not there', async (test) => {
    const project = await sample(workbench(test));
    await rm(project.path('orders.jsonl'));
    const command = project.run(idle);
    const { because } = await command.entry('state-changed', ({ state }) => state === 'waiting');
    await appendFile(project.path('orders.jsonl'), '{"item":"milk"}\n');

    expect(await command.exitCode()).toBe(0);
    expect(because).toContain(`there is no file ${project.path('orders.jsonl')}`);
    expect(command.logs(mapping)).toEqual(['line at byte 0: milk']);
  });

  it('is looked at by millrace check', async (test) => {
    const project = await sample(workbench(test));
    const check = project.millrace(['check']);

    expect(await check.exitCode()).toBe(0);
    expect(check.stdout).toMatch(/✔ mapping orders\.jsonl: .*orders\.jsonl is there/);
  });
});
