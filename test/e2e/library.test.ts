import { pathToFileURL } from 'node:url';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { arn, patient, workbench } from '../support/workbench.js';

const library = pathToFileURL(path.resolve('dist/index.js')).href;
const queue = arn('orders');
/** On Node 20 the AWS SDK warns of the end of its support, which is the user's to hear. */
const env = { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' };

describe.concurrent('the library', patient, () => {
  it('runs a JavaScript function for a queue, tells what happened, and lets the process end by itself', async (test) => {
    const bench = workbench(test);
    const sqs = await bench.sqs();
    await sqs.createQueue('orders', { VisibilityTimeout: '2' });
    await sqs.send('orders', 'good');
    await sqs.send('orders', 'bad at first');
    const project = await bench.project({ mappings: [] });
    await project.write(
      'script.mjs',
      `import { startRuntime } from ${JSON.stringify(library)};
      const seen = [];
      const runtime = await startRuntime({
        functions: {
          orders: {
            Timeout: 2,
            handler: async (event, context) => {
              const [record] = event.Records;
              seen.push(record.body);
              if (record.body.startsWith('bad') && record.attributes.ApproximateReceiveCount === '1') throw new RangeError('not yet');
              return { name: context.functionName, left: context.getRemainingTimeInMillis() > 0 };
            },
          },
        },
        mappings: [{ FunctionName: 'orders', EventSourceArn: '${queue}', BatchSize: 1 }],
        endpoints: { sqs: '${sqs.url}' },
      });
      await runtime.idle({ seconds: 0.5 });
      const status = runtime.status();
      const calls = runtime.journal.invocations('orders').map(({ event, result, error, outcome, attempt, durationMs, batch, startedAt }) => ({
        body: event.Records[0].body, result, error: error?.errorType, outcome, attempt,
        whole: typeof durationMs === 'number' && batch.startsWith('b-') && !Number.isNaN(Date.parse(startedAt)),
      }));
      await runtime.stop();
      await runtime.stop();
      console.log(JSON.stringify({ seen, calls, status: status[0], url: runtime.url ?? null }));`,
    );
    const command = project.node(['script.mjs'], { env });

    expect(await command.exitCode()).toBe(0);
    expect(command.stderr).toBe('');
    const result = { name: 'orders', left: true };
    const said = command.entries[0] as unknown as { readonly seen: unknown; readonly calls: readonly object[] };
    expect(said).toMatchObject({
      url: null,
      status: { name: 'orders', state: 'polling', invocations: 3, handled: 2, failed: 1, unhandled: 0 },
    });
    expect(said.calls).toHaveLength(3);
    expect(said.calls).toEqual(
      expect.arrayContaining([
        { body: 'good', result, outcome: 'succeeded', attempt: 1, whole: true },
        { body: 'bad at first', error: 'RangeError', outcome: 'failed', attempt: 1, whole: true },
        { body: 'bad at first', result, outcome: 'succeeded', attempt: 2, whole: true },
      ]),
    );
  });

  it('runs a module on an embedded queue, and ends its processes and servers', async (test) => {
    const bench = workbench(test);
    const project = await bench.project({ mappings: [] });
    await project.write(
      'script.mjs',
      `import { SendMessageCommand, GetQueueUrlCommand, SQSClient } from ${JSON.stringify(import.meta.resolve('@aws-sdk/client-sqs'))};
      import { startRuntime } from ${JSON.stringify(library)};
      const runtime = await startRuntime({
        functions: { orders: { Handler: 'handlers/as-told.handler', Timeout: 10 } },
        mappings: [{ FunctionName: 'orders', EventSourceArn: '${queue}' }],
        endpoints: { sqs: 'embedded' },
      }, { http: { host: '127.0.0.1', port: 0, explicitPort: false, allowHosts: [] } });
      const health = await (await fetch(runtime.url + '/health', { headers: { connection: 'close' } })).json();
      const client = new SQSClient({ endpoint: runtime.endpoints.sqs, region: 'us-east-1', credentials: { accessKeyId: 'x', secretAccessKey: 'x' } });
      const { QueueUrl } = await client.send(new GetQueueUrlCommand({ QueueName: 'orders' }));
      await client.send(new SendMessageCommand({ QueueUrl, MessageBody: '{"do":"answer","json":"[1]"}' }));
      client.destroy();
      await runtime.idle({ seconds: 0.5 });
      const [call] = runtime.journal.invocations();
      await runtime.stop();
      console.log(JSON.stringify({ health: health.status, result: call.result, logs: call.logs.length }));`,
    );
    const command = project.node(['script.mjs'], { env });

    expect(await command.exitCode()).toBe(0);
    expect(command.entries).toEqual([{ health: 'ok', result: [1], logs: 1 }]);
    expect(command.stderr).toBe('');
  });

  it('rejects options it does not know, ranges it does not take, and sources that never get ready', async (test) => {
    const bench = workbench(test);
    const sqs = await bench.sqs();
    const project = await bench.project({ mappings: [] });
    await project.write(
      'script.mjs',
      `import { MillraceError, startRuntime } from ${JSON.stringify(library)};
      const functions = { orders: { handler: () => {} } };
      const mapping = { FunctionName: 'orders', EventSourceArn: '${queue}' };
      const endpoints = { sqs: '${sqs.url}' };
      const said = [];
      const tried = async (work) => {
        try { await work(); said.push('nothing'); }
        catch (error) { said.push([error instanceof MillraceError, error.code, error.message]); }
      };
      await tried(() => startRuntime({ functions, mappings: [mapping], endpoint: endpoints }));
      await tried(() => startRuntime({ functions, mappings: [{ ...mapping, BatchSize: 0, Batchsize: 1 }], endpoints }));
      await tried(() => startRuntime({ functions: { orders: {} }, mappings: [mapping], endpoints }));
      const runtime = await startRuntime({ functions, mappings: [mapping], endpoints });
      await tried(() => runtime.idle({ timeoutSeconds: 3 }));
      await tried(() => runtime.idle({ signal: AbortSignal.abort(new MillraceError('NOT_FOUND', 'enough')) }));
      await runtime.stop();
      console.log(JSON.stringify({ said }));`,
    );
    const command = project.node(['script.mjs'], { env });

    expect(await command.exitCode()).toBe(0);
    const { said } = command.entries[0] as unknown as { readonly said: readonly unknown[] };
    expect(said).toEqual([
      [true, 'CONFIGURATION_INVALID', expect.stringMatching(/endpoint\b.*did you mean.*endpoints/is)],
      [true, 'CONFIGURATION_INVALID', expect.stringMatching(/BatchSize[\s\S]*Batchsize|Batchsize[\s\S]*BatchSize/)],
      [true, 'CONFIGURATION_INVALID', expect.stringMatching(/Handler/)],
      [true, 'SOURCE_UNAVAILABLE', expect.stringMatching(/^not ready after 3 s: orders: waiting for queue orders: /)],
      [true, 'NOT_FOUND', 'enough'],
    ]);
  });

  it('keeps nothing on disk unless it is told a state folder', async (test) => {
    const bench = workbench(test);
    const project = await bench.project({ mappings: [] });
    await project.write(
      'script.mjs',
      `import { existsSync } from 'node:fs';
      import { startRuntime } from ${JSON.stringify(library)};
      await (await startRuntime({ mappings: [] })).stop();
      const before = existsSync('.millrace');
      const one = await startRuntime({ mappings: [], state: 'kept' });
      const refused = await startRuntime({ mappings: [], state: 'kept' }).catch((error) => error.code);
      await one.stop();
      await (await startRuntime({ mappings: [], state: 'kept' })).stop();
      console.log(JSON.stringify({ before, kept: existsSync('kept/journal'), refused }));`,
    );
    const command = project.node(['script.mjs']);

    expect(await command.exitCode()).toBe(0);
    expect(command.entries).toEqual([{ before: false, kept: true, refused: 'STATE_LOCKED' }]);
  });
});
