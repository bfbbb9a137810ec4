import { describe, expect, it } from 'vitest';
import { empty } from '../support/embedded-sqs.js';
import { arn, patient, workbench } from '../support/workbench.js';

describe.concurrent('millrace dev', patient, () => {
  it('runs new code after an edit of a file that the handler imports through another one', async (test) => {
    const bench = workbench(test);
    const sqs = await bench.sqs();
    await sqs.createQueue('orders');
    const project = await bench.project({
      functions: { work: { Handler: 'handlers/versioned.handler', Timeout: 20 } },
      mappings: [{ FunctionName: 'work', EventSourceArn: arn('orders') }],
      endpoints: { sqs: sqs.url },
    });
    const command = project.millrace(['dev', '--port', '0']);
    await sqs.send('orders', 'before');
    await command.until('the first call', () => command.stdout.includes('version one: before'));

    await project.write('handlers/lib/version.mjs', "export const version = 'two';\n");
    await command.until('the reload', () => command.stdout.includes('handlers/lib/version.mjs changed'));
    await sqs.send('orders', 'after');
    await command.until('the second call', () => command.stdout.includes(': after'));

    expect(command.stdout).toContain('version two: after');
    expect(command.stdout).not.toContain('version one: after');
    command.interrupt();
    expect(await command.exitCode()).toBe(130);
    expect(await sqs.depth('orders')).toEqual(empty);
  });

  it('tells of a mistake as soon as it is saved, and goes on when it is mended', async (test) => {
    const bench = workbench(test);
    const sqs = await bench.sqs();
    await sqs.createQueue('orders', { VisibilityTimeout: '20' });
    const project = await bench.project({
      functions: { work: { Handler: 'handlers/versioned.handler', Timeout: 20 } },
      mappings: [{ FunctionName: 'work', EventSourceArn: arn('orders') }],
      endpoints: { sqs: sqs.url },
    });
    const command = project.millrace(['dev', '--port', '0']);
    await command.until('polling', () => command.stdout.includes('polling queue orders'));
    await project.write('handlers/lib/version.mjs', 'export const version = ;\n');
    await command.until('the mistake', () => command.text.includes('Runtime.UserCodeSyntaxError'));
    await project.write('handlers/lib/version.mjs', "export const version = 'mended';\n");
    await command.until('the reload', () => /handlers\/lib\/version\.mjs changed; loaded in/.test(command.stdout));
    await sqs.send('orders', 'x');
    await command.until('the call', () => command.stdout.includes('version mended: x'));

    expect(await sqs.depth('orders')).toMatchObject({ visible: 0 });
  });

  it('opens a debugger port and lets a function take longer than its timeout with --inspect', async (test) => {
    const bench = workbench(test);
    const sqs = await bench.sqs();
    await sqs.createQueue('orders', { VisibilityTimeout: '60' });
    const project = await bench.project({
      functions: { work: { Handler: 'handlers/as-told.handler', Timeout: 1 } },
      mappings: [{ FunctionName: 'work', EventSourceArn: arn('orders') }],
      endpoints: { sqs: sqs.url },
    });
    const command = project.run('--inspect', '--until-invocations=1');
    await sqs.send('orders', '{"do":"busy","ms":2500}');

    expect(await command.exitCode()).toBe(0);
    expect(command.all('failed')).toEqual([]);
    expect(command.all('succeeded')[0]?.durationMs).toBeGreaterThanOrEqual(2_400);
    // Also where something else has that port already.
    expect(
      command
        .all('function-log')
        .map(({ message }) => message)
        .join('\n'),
    ).toContain('127.0.0.1:9229');
  });
});

describe('millrace demo', patient, () => {
  it('goes as planned, poison included', async (test) => {
    const bench = workbench(test);
    const project = await bench.project({ mappings: [] });
    const command = project.millrace(['demo', '--json', '--until-idle=1', '--port', '0', '--state', 'demo']);

    expect(await command.exitCode()).toBe(0);
    expect(command.plainLines).toEqual([]);
    expect(command.stderr).toContain('The demo went as planned');
    const poison = /millrace why (?<id>\S+) --state (?<state>\S+)/.exec(command.stderr)?.groups ?? {};
    const why = project.millrace(['why', poison['id'] ?? '', '--state', poison['state'] ?? '']);
    expect(await why.exitCode()).toBe(0);
    expect(why.stdout).toContain('dead-letter queue payments-dlq');
  });

  it('says its version at once', async (test) => {
    const bench = workbench(test);
    const project = await bench.project({ mappings: [] });
    const command = project.millrace(['--version']);

    expect(await command.exitCode()).toBe(0);
    expect(command.stdout).toMatch(/^\d+\.\d+\.\d+$/);
  });
});
