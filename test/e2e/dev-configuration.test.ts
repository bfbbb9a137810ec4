import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { ConfigurationInput } from '../../src/index.js';
import { arn, patient, workbench, type Project } from '../support/workbench.js';
import type { TestSqs } from '../support/embedded-sqs.js';
import type { MillraceCommand } from '../support/millrace-command.js';

const functions = { work: { Handler: 'handlers/versioned.handler', Timeout: 20 } };
const orders = { FunctionName: 'work', EventSourceArn: arn('orders') };
const bills = { FunctionName: 'work', EventSourceArn: arn('bills') };

async function save(project: Project, configuration: ConfigurationInput): Promise<void> {
  await project.write('millrace.json', JSON.stringify(configuration));
}

function says(command: MillraceCommand, text: string): Promise<unknown> {
  return command.until(text, () => command.stdout.includes(text));
}

async function handled(command: MillraceCommand, sqs: TestSqs, queue: string, body: string): Promise<void> {
  await sqs.send(queue, body);
  await says(command, `: ${body}`);
}

describe.concurrent('millrace dev, when its configuration is edited', patient, () => {
  it('starts what was added, ends what was removed, and leaves the rest alone', async (test) => {
    const bench = workbench(test);
    const sqs = await bench.sqs();
    await sqs.createQueue('orders');
    await sqs.createQueue('bills');
    const endpoints = { sqs: sqs.url };
    const project = await bench.project({ functions, mappings: [orders], endpoints });
    const command = project.millrace(['dev', '--port', '0']);
    await handled(command, sqs, 'orders', 'first');

    await save(project, { functions, mappings: [orders, bills], endpoints });
    await says(command, 'polling queue bills');
    await handled(command, sqs, 'bills', 'second');

    await save(project, { functions, mappings: [bills], endpoints });
    await says(command, 'Deleting: removed from the configuration file');
    await says(command, 'Deleted: the last invocation has finished');
    await handled(command, sqs, 'bills', 'third');
    expect(command.stdout.match(/polling queue bills/g)).toHaveLength(1);
    await sqs.send('orders', 'nobody reads this');
    expect(await sqs.depth('orders')).toMatchObject({ visible: 1 });
    command.interrupt();
    expect(await command.exitCode()).toBe(130);
  });

  it('applies what was changed of a mapping and of a function, each by itself', async (test) => {
    const bench = workbench(test);
    const sqs = await bench.sqs();
    await sqs.createQueue('orders');
    await sqs.createQueue('bills');
    const endpoints = { sqs: sqs.url };
    const project = await bench.project({ functions, mappings: [orders, bills], endpoints });
    const command = project.millrace(['dev', '--port', '0']);
    await handled(command, sqs, 'orders', 'first');

    await save(project, { functions, mappings: [{ ...orders, BatchSize: 3 }, bills], endpoints });
    await says(command, 'Updating: changed in the configuration file');
    await command.until('a second poller', () => command.stdout.match(/polling queue orders/g)?.length === 2);
    expect(command.stdout.match(/polling queue bills/g)).toHaveLength(1);
    const url = await command.address();
    const listed = await fetch(`${url}/2015-03-31/event-source-mappings`);
    expect(await listed.json()).toMatchObject({ EventSourceMappings: [{ BatchSize: 3 }, { BatchSize: 10 }] });

    const told = { work: { Handler: 'handlers/as-told.handler', Timeout: 20 } };
    await save(project, { functions: told, mappings: [{ ...orders, BatchSize: 3 }, bills], endpoints });
    await command.until('both saves', () => command.stdout.match(/was changed, and is applied/g)?.length === 2);
    await sqs.send('bills', '{"do":"nothing"}');
    await says(command, 'event {"Records"');
    expect(command.stdout.match(/polling queue bills/g)).toHaveLength(1);
  });

  it('tells of a mistake and of what needs a restart, and goes on as it was', async (test) => {
    const bench = workbench(test);
    const sqs = await bench.sqs();
    await sqs.createQueue('orders');
    const endpoints = { sqs: sqs.url };
    const project = await bench.project({ functions, mappings: [orders], endpoints });
    const command = project.millrace(['dev', '--port', '0']);
    await handled(command, sqs, 'orders', 'first');

    await project.write('millrace.json', '{ "mappings": [');
    await says(command, 'millrace.json');
    await says(command, 'the configuration goes on as it was');
    await save(project, { functions, mappings: [{ ...orders, BatchSise: 5 } as object as typeof orders], endpoints });
    await says(command, 'did you mean BatchSize?');
    await save(project, { functions, mappings: [orders], endpoints, maximumConcurrency: 7 });
    await says(command, 'changes maximumConcurrency: restart millrace to apply it');
    await handled(command, sqs, 'orders', 'second');
    expect(command.stdout.match(/polling queue orders/g)).toHaveLength(1);

    await save(project, { functions, mappings: [{ ...orders, BatchSize: 5 }], endpoints });
    await says(command, 'was changed, and is applied');
  });

  it('ends at once on Ctrl-C, also while a change waits for an invocation: nothing more is received', async (test) => {
    const bench = workbench(test);
    const sqs = await bench.sqs();
    await sqs.createQueue('orders');
    await sqs.createQueue('bills');
    const endpoints = { sqs: sqs.url };
    const pausing = { work: { Handler: 'handlers/pausing.handler', Timeout: 20 } };
    const project = await bench.project({ functions: pausing, mappings: [orders, bills], endpoints });
    await project.write(
      'handlers/pausing.mjs',
      `export const handler = async ({ Records: [{ body }] }) => {
        console.log('got ' + body);
        if (body === 'long') await new Promise((resolve) => setTimeout(resolve, 6_000));
      };`,
    );
    const command = project.millrace(['dev', '--port', '0']);
    await says(command, 'polling queue bills');
    await sqs.send('orders', 'long');
    await says(command, 'got long');
    await save(project, { functions: pausing, mappings: [{ ...orders, BatchSize: 3 }, bills], endpoints });
    await says(command, 'Updating: changed in the configuration file');
    command.interrupt();
    await says(command, 'stopping:');
    await delay(2_500); // longer than the receive in flight
    await sqs.send('bills', 'too late');
    expect(await command.exitCode()).toBe(130);
    expect(await sqs.depth('bills')).toEqual({ visible: 1, hidden: 0 });
    expect(command.stdout).not.toContain('got too late');
  });
});
