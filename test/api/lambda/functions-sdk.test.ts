import {
  CreateFunctionCommand,
  GetFunctionCommand,
  GetFunctionConfigurationCommand,
  InvokeCommand,
  LambdaClient,
  ListFunctionsCommand,
  paginateListFunctions,
  PublishVersionCommand,
  waitUntilFunctionActiveV2,
  waitUntilFunctionExists,
  waitUntilFunctionUpdatedV2,
  type InvokeCommandInput,
} from '@aws-sdk/client-lambda';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startHttp } from '../../../src/api/http.js';
import { systemClock } from '../../../src/platform/clock.js';
import { systemRandom } from '../../../src/platform/random.js';
import { settled } from '../../fakes/virtual-clock.js';
import type { Wanted } from '../../functions/world.js';
import { arnOf, functionsWorld, inline, place } from './functions-world.js';

const echo = inline((event: unknown) => event, { name: 'echo' });

const refused = (operation: string) => ({
  name: 'InvalidParameterValueException',
  message: `${operation} is not supported: the functions are those of "functions" in the configuration file of millrace. Change them there.`,
  $metadata: { httpStatusCode: 400 },
});

describe('listing with the SDK', () => {
  it('gives every function, page by page', async () => {
    const client = await clientOf(Array.from({ length: 7 }, (_, index) => ({ name: `f${index}` })));
    const pages: number[] = [];
    const names: unknown[] = [];
    for await (const { Functions = [] } of paginateListFunctions({ client, pageSize: 3 }, {})) {
      pages.push(Functions.length);
      names.push(...Functions.map(({ FunctionName }) => FunctionName));
    }
    expect(pages).toEqual([3, 3, 1]);
    expect(names).toEqual(['f0', 'f1', 'f2', 'f3', 'f4', 'f5', 'f6']);
  });

  it('has no marker on the last page', async () => {
    const client = await clientOf([echo]);
    expect(await client.send(new ListFunctionsCommand({}))).toEqual({
      $metadata: expect.any(Object) as object,
      Functions: [expect.objectContaining({ FunctionName: 'echo', FunctionArn: arnOf('echo') })],
    });
  });
});

describe('looking at a function with the SDK', () => {
  it.each(['echo', 'echo:$LATEST', '000000000000:function:echo', arnOf('echo'), arnOf('echo:$LATEST')])(
    'as %s gives its configuration',
    async (FunctionName) => {
      const client = await clientOf([echo]);
      const { Configuration, Code } = await client.send(new GetFunctionCommand({ FunctionName }));
      expect(Code).toEqual({ RepositoryType: 'Inline' });
      const { $metadata: _, ...alone } = await client.send(new GetFunctionConfigurationCommand({ FunctionName }));
      expect(alone).toEqual(Configuration);
      expect(alone).toMatchObject({ FunctionName: 'echo', State: 'Active', LastUpdateStatus: 'Successful' });
    },
  );

  it.each([
    ['exists', waitUntilFunctionExists],
    ['is active', waitUntilFunctionActiveV2],
    ['is updated', waitUntilFunctionUpdatedV2],
  ])('ends waiting until it %s', async (_, wait) => {
    const client = await clientOf([echo]);
    expect(await wait({ client, maxWaitTime: 5 }, { FunctionName: 'echo' })).toMatchObject({ state: 'SUCCESS' });
  });

  it('throws the exception of the SDK for one that there is not', async () => {
    const client = await clientOf([echo]);
    const answer = client.send(new GetFunctionCommand({ FunctionName: 'missing', Qualifier: 'live' }));
    await expect(answer).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
      message: `Function not found: ${arnOf('missing:live')}`,
      Type: 'User',
      $metadata: { httpStatusCode: 404 },
    });
  });
});

describe('invoking with the SDK', () => {
  it('gives the result', async () => {
    const answer = await invoke([echo], { FunctionName: 'echo', Payload: '{"text":"ü 😀"}' });
    expect(answer).toEqual({ StatusCode: 200, ExecutedVersion: '$LATEST', Payload: '{"text":"ü 😀"}' });
  });

  it('gives a result of many megabytes', async () => {
    const Payload = JSON.stringify('x'.repeat(6_291_454));
    expect((await invoke([echo], { FunctionName: 'echo', Payload })).Payload).toBe(Payload);
  });

  it('gives the log', async () => {
    const { LogResult = '' } = await invoke([echo], { FunctionName: 'echo', LogType: 'Tail' });
    expect(Buffer.from(LogResult, 'base64').toString()).toMatch(
      /^START RequestId: \S+ Version: \$LATEST\nEND RequestId: \S+\nREPORT RequestId: .*\n$/,
    );
  });

  it('gives the error of the function', async () => {
    const failing = inline(() => Promise.reject(Object.assign(new Error('boom'), { stack: 'Error: boom' })));
    expect(await invoke([failing], { FunctionName: 'orders' })).toEqual({
      StatusCode: 200,
      ExecutedVersion: '$LATEST',
      FunctionError: 'Unhandled',
      Payload: '{"errorType":"Error","errorMessage":"boom","trace":["Error: boom"]}',
    });
  });

  it('takes an event', async () => {
    const handled: unknown[] = [];
    const handler = inline((event: unknown) => void handled.push(event));
    const answer = await invoke([handler], { FunctionName: 'orders', InvocationType: 'Event', Payload: '[1]' });
    expect(answer).toEqual({ StatusCode: 202 });
    await settled();
    expect(handled).toEqual([[1]]);
  });

  it('runs nothing in a dry run', async () => {
    const handler = inline(() => expect.unreachable());
    const answer = await invoke([handler], { FunctionName: 'orders', InvocationType: 'DryRun' });
    expect(answer).toEqual({ StatusCode: 204 });
  });

  it('hands over a client context', async () => {
    const handler = inline((_, { clientContext }) => clientContext);
    const ClientContext = Buffer.from('{"custom":{"a":1}}').toString('base64');
    expect((await invoke([handler], { FunctionName: 'orders', ClientContext })).Payload).toBe('{"custom":{"a":1}}');
  });

  it('tells the id of the invocation', async () => {
    const client = await clientOf([inline((_, { awsRequestId }) => awsRequestId)]);
    const { Payload, $metadata } = await client.send(new InvokeCommand({ FunctionName: 'orders' }));
    expect(Payload?.transformToString()).toBe(JSON.stringify($metadata.requestId));
  });

  it.each<[string, number, InvokeCommandInput, object]>([
    [
      'InvalidRequestContentException',
      400,
      { FunctionName: 'echo', Payload: 'no' },
      {
        Type: 'User',
        message: `Could not parse request body into json: Could not parse payload into json: Unexpected token 'o', "no" is not valid JSON`,
      },
    ],
    [
      'RequestTooLargeException',
      413,
      { FunctionName: 'echo', Payload: JSON.stringify('x'.repeat(6_291_455)) },
      { Type: 'User', message: 'Request must be smaller than 6291456 bytes for the InvokeFunction operation' },
    ],
    [
      'TooManyRequestsException',
      429,
      { FunctionName: 'full' },
      {
        Type: 'User',
        message: 'Rate Exceeded.',
        Reason: 'ReservedFunctionConcurrentInvocationLimitExceeded',
        retryAfterSeconds: '1',
      },
    ],
    [
      'ValidationException',
      400,
      { FunctionName: 'echo', InvocationType: 'Later' as 'Event' },
      {
        message:
          "1 validation error detected: Value 'Later' at 'invocationType' failed to satisfy constraint: Member must satisfy enum value set: [RequestResponse, Event, DryRun]",
      },
    ],
    [
      'InvalidParameterValueException',
      400,
      { FunctionName: 'echo:live', Qualifier: '1' },
      {
        Type: 'User',
        message: 'The derived qualifier from the function name does not match the specified qualifier.',
      },
    ],
  ])('throws %s', async (name, httpStatusCode, input, fields) => {
    const full = inline(() => {}, { name: 'full', reservedConcurrency: 0 });
    await expect(invoke([echo, full], input)).rejects.toMatchObject({ name, ...fields, $metadata: { httpStatusCode } });
  });
});

describe('changing functions with the SDK', () => {
  it('is refused with what to do', async () => {
    const client = await clientOf([echo]);
    const create = new CreateFunctionCommand({ FunctionName: 'x', Role: 'y', Code: {} });
    await expect(client.send(create)).rejects.toMatchObject(refused('CreateFunction'));
    const publish = new PublishVersionCommand({ FunctionName: arnOf('echo') });
    await expect(client.send(publish)).rejects.toMatchObject(refused('PublishVersion'));
  });
});

/** A client of a real port behind which these functions are. */
async function clientOf(wanted: readonly Wanted[]): Promise<LambdaClient> {
  const { routes } = functionsWorld(wanted);
  const http = await startHttp({
    host: '127.0.0.1',
    port: 0,
    explicitPort: true,
    allowHosts: [],
    health: () => ({ mappings: [], functions: [] }),
    routes: [routes],
    clock: systemClock,
    random: systemRandom,
  });
  const credentials = { accessKeyId: 'any', secretAccessKey: 'any' };
  const client = new LambdaClient({ endpoint: http.url, region: place.region, credentials, maxAttempts: 1 });
  onTestFinished(async () => {
    client.destroy();
    await http.close();
  });
  return client;
}

/** What the SDK says of an invocation, with its payload as text. */
async function invoke(wanted: readonly Wanted[], input: InvokeCommandInput) {
  const client = await clientOf(wanted);
  const { $metadata: _, Payload, ...answer } = await client.send(new InvokeCommand(input));
  return { ...answer, Payload: Payload?.transformToString() };
}
