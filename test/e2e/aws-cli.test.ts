import { execFile, spawnSync } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { arn, patient, workbench } from '../support/workbench.js';

const call = promisify(execFile);
const cli = process.env['MILLRACE_AWS_CLI'] ?? 'aws';
const version = spawnSync(cli, ['--version'], { encoding: 'utf8' }).stdout;
const isMissing = version === '' || version === null;
if (isMissing && process.env['MILLRACE_REQUIRE_BROKERS'] === '1') throw new Error('the AWS CLI is missing');
if (isMissing) process.stderr.write('skipped: the tests of the AWS CLI, because there is no aws (install awscli)\n');

const isVersion1 = (version ?? '').startsWith('aws-cli/1.');

interface Said {
  readonly code: number;
  readonly json: unknown;
  readonly error: string;
}

/** Calls `aws lambda` with the port of a millrace as its endpoint. */
function lambdaOf(url: string) {
  const env = {
    PATH: process.env['PATH'],
    AWS_ACCESS_KEY_ID: 'any',
    AWS_SECRET_ACCESS_KEY: 'any',
    AWS_DEFAULT_REGION: 'us-east-1',
    AWS_PAGER: '',
  };
  return async (...args: readonly string[]): Promise<Said> => {
    try {
      const { stdout } = await call(cli, ['lambda', ...args, '--endpoint-url', url, '--output', 'json'], { env });
      return { code: 0, json: stdout === '' ? undefined : (JSON.parse(stdout) as unknown), error: '' };
    } catch (error) {
      const { code, stderr } = error as { readonly code: number; readonly stderr: string };
      return { code, json: undefined, error: stderr.trim() };
    }
  };
}

describe.skipIf(isMissing)(`the AWS CLI (${version?.split(' ')[0] ?? ''})`, patient, () => {
  it('manages a mapping of a running millrace from its creation to its end', async (test) => {
    const bench = workbench(test);
    const sqs = await bench.sqs();
    await sqs.createQueue('orders');
    const project = await bench.project({
      functions: { worker: { Handler: 'handlers/as-told.handler' } },
      endpoints: { sqs: sqs.url },
      mappings: [],
    });
    const command = project.run();
    const url = await command.address();
    const lambda = lambdaOf(url);

    const created = await lambda(
      'create-event-source-mapping',
      '--function-name',
      'worker',
      '--event-source-arn',
      arn('orders'),
      '--batch-size',
      '5',
      '--filter-criteria',
      '{"Filters":[{"Pattern":"{\\"body\\":{\\"do\\":[\\"nothing\\"]}}"}]}',
    );
    expect(created).toMatchObject({
      code: 0,
      json: {
        BatchSize: 5,
        MaximumBatchingWindowInSeconds: 0,
        EventSourceArn: arn('orders'),
        FunctionArn: 'arn:aws:lambda:us-east-1:000000000000:function:worker',
        State: 'Creating',
        StateTransitionReason: 'USER_INITIATED',
        FunctionResponseTypes: [],
        FilterCriteria: { Filters: [{ Pattern: '{"body":{"do":["nothing"]}}' }] },
      },
    });
    const { UUID: uuid } = created.json as { readonly UUID: string };
    const get = () => lambda('get-event-source-mapping', '--uuid', uuid);
    while (((await get()).json as { readonly State: string }).State !== 'Enabled') await delay(50);

    expect(await lambda('list-event-source-mappings', '--function-name', 'worker')).toMatchObject({
      json: { EventSourceMappings: [{ UUID: uuid, State: 'Enabled' }] },
    });
    await sqs.send('orders', '{"do":"nothing"}');
    await command.entry('succeeded');

    expect(await lambda('update-event-source-mapping', '--uuid', uuid, '--no-enabled')).toMatchObject({
      json: { State: 'Disabling' },
    });
    while (((await get()).json as { readonly State: string }).State !== 'Disabled') await delay(50);

    const mappingArn = `arn:aws:lambda:us-east-1:000000000000:event-source-mapping:${uuid}`;
    expect(await lambda('tag-resource', '--resource', mappingArn, '--tags', 'team=a')).toMatchObject({ code: 0 });
    expect(await lambda('list-tags', '--resource', mappingArn)).toMatchObject({ json: { Tags: { team: 'a' } } });
    expect(await lambda('untag-resource', '--resource', mappingArn, '--tag-keys', 'team')).toMatchObject({ code: 0 });

    expect(await lambda('delete-event-source-mapping', '--uuid', uuid)).toMatchObject({ json: { State: 'Deleting' } });
    while ((await get()).code === 0) await delay(50);
    expect((await get()).error).toBe(
      'An error occurred (ResourceNotFoundException) when calling the GetEventSourceMapping operation: The resource you requested does not exist.',
    );
    command.interrupt();
    expect(await command.exitCode()).toBe(130);
  });

  it('lists, describes and invokes the functions of a running millrace', async (test) => {
    const bench = workbench(test);
    const project = await bench.project({
      functions: {
        worker: {
          Handler: 'handlers/direct.handler',
          Timeout: 20,
          Aliases: { live: { Handler: 'handlers/direct.handler' } },
        },
      },
      mappings: [],
    });
    await project.write(
      'handlers/direct.mjs',
      `export const handler = async (event, context) => {
        console.log('said');
        if (event.fail) throw new RangeError('told to fail');
        return { event, arn: context.invokedFunctionArn };
      };`,
    );
    const command = project.run();
    const lambda = lambdaOf(await command.address());
    const functionArn = 'arn:aws:lambda:us-east-1:000000000000:function:worker';

    expect(await lambda('list-functions')).toMatchObject({
      json: {
        Functions: [
          { FunctionName: 'worker', FunctionArn: functionArn, Handler: 'handlers/direct.handler', Timeout: 20 },
        ],
      },
    });
    expect(await lambda('wait', 'function-active-v2', '--function-name', 'worker')).toMatchObject({ code: 0 });
    expect(await lambda('get-function', '--function-name', `${functionArn}:live`)).toMatchObject({
      json: { Configuration: { FunctionArn: `${functionArn}:live`, State: 'Active' } },
    });

    const invoke = (payload: object, ...more: readonly string[]) =>
      lambda(
        'invoke',
        '--function-name',
        'worker:live',
        '--payload',
        JSON.stringify(payload),
        ...more,
        ...(isVersion1 ? [] : ['--cli-binary-format', 'raw-in-base64-out']),
        project.path('answer.json'),
      );
    expect(await invoke({ a: 'ä' })).toMatchObject({ json: { StatusCode: 200, ExecutedVersion: '$LATEST' } });
    expect(JSON.parse(await project.read('answer.json'))).toEqual({ event: { a: 'ä' }, arn: `${functionArn}:live` });
    const failed = await invoke({ fail: true }, '--log-type', 'Tail');
    expect(failed).toMatchObject({ json: { StatusCode: 200, FunctionError: 'Unhandled' } });
    const { LogResult = '' } = failed.json as { readonly LogResult?: string };
    expect(Buffer.from(LogResult, 'base64').toString()).toContain('said');
    expect(JSON.parse(await project.read('answer.json'))).toMatchObject({
      errorType: 'RangeError',
      errorMessage: 'told to fail',
    });
    expect(await invoke({}, '--invocation-type', 'Event')).toMatchObject({ json: { StatusCode: 202 } });
    expect(await invoke({}, '--invocation-type', 'DryRun')).toMatchObject({ json: { StatusCode: 204 } });
    await command.entry('direct-invocation', ({ invocationType }) => invocationType === 'Event');

    expect((await lambda('get-function', '--function-name', 'nobody')).error).toContain(
      'An error occurred (ResourceNotFoundException) when calling the GetFunction operation: Function not found: arn:aws:lambda:us-east-1:000000000000:function:nobody',
    );
    expect((await lambda('delete-function', '--function-name', 'worker')).error).toContain(
      'InvalidParameterValueException',
    );
  });
});
