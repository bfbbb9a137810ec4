import { describe, expect, it } from 'vitest';
import { unsupportedOperations } from '../../../src/api/lambda/unsupported-operations.js';
import { VirtualClock } from '../../fakes/virtual-clock.js';
import { definitionOf, handlers, type Wanted } from '../../functions/world.js';
import { arnOf, collection, errorAnswer, functionsWorld, inline, type FunctionsWorld } from './functions-world.js';

const noop = (): void => {};
const nodeMajor = process.versions.node.split('.')[0];
const encoded = encodeURIComponent;

const orders: Wanted = {
  name: 'orders',
  handler: 'answers.echo',
  qualified: new Map([
    ['live', { kind: 'module', handler: 'answers.live' }],
    ['1', { kind: 'module', handler: 'answers.first' }],
  ]),
  timeoutMs: 30_000,
  memoryMb: 256,
  variables: { TABLE: 'items', PASSWORD: 'hunter2' },
  reservedConcurrency: 5,
};

/** What GetFunctionConfiguration says of `orders`. */
const ordersConfiguration = {
  FunctionName: 'orders',
  FunctionArn: arnOf('orders'),
  Runtime: `nodejs${nodeMajor}.x`,
  Role: 'arn:aws:iam::000000000000:role/lambda-role',
  Handler: 'answers.echo',
  CodeSize: 0,
  Description: '',
  Timeout: 30,
  MemorySize: 256,
  LastModified: '2026-01-31T12:00:00.000+0000',
  CodeSha256: 'GrXnbMAvjRCDt6fcsztjS97F5q6PF3NNnsRbM/YnGzA=',
  Version: '$LATEST',
  Environment: { Variables: { TABLE: '***', PASSWORD: '***' } },
  TracingConfig: { Mode: 'PassThrough' },
  RevisionId: 'fa8ffab0-3f8d-598b-a2dc-290f2e4beb74',
  State: 'Active',
  LastUpdateStatus: 'Successful',
  PackageType: 'Zip',
  Architectures: [process.arch === 'arm64' ? 'arm64' : 'x86_64'],
  EphemeralStorage: { Size: 512 },
  SnapStart: { ApplyOn: 'None', OptimizationStatus: 'Off' },
  LoggingConfig: { LogFormat: 'Text', LogGroup: '/aws/lambda/orders' },
};

const notFound = (text: string) => errorAnswer(404, 'ResourceNotFoundException', { Type: 'User', Message: text });
const invalid = (text: string) => errorAnswer(400, 'ValidationException', { message: text });
const constraint = (value: string, parameter: string, text: string) =>
  errorAnswer(400, 'ValidationException', {
    message: `1 validation error detected: Value '${value}' at '${parameter}' failed to satisfy constraint: ${text}`,
  });

describe('GetFunctionConfiguration', () => {
  it('tells what the configuration says, and never the value of a variable', async () => {
    const { call } = functionsWorld([orders], new VirtualClock());
    expect(await answered(call('GET', `${collection}/orders/configuration`))).toEqual(ordersConfiguration);
  });

  it.each([
    ['the function', 'orders', arnOf('orders'), '$LATEST', 'answers.echo'],
    ['$LATEST', 'orders?Qualifier=$LATEST', arnOf('orders:$LATEST'), '$LATEST', 'answers.echo'],
    ['an alias', 'orders?Qualifier=live', arnOf('orders:live'), '$LATEST', 'answers.live'],
    ['a version', 'orders:1', arnOf('orders:1'), '1', 'answers.first'],
  ])('of %s has its ARN, version and handler', async (_, named, FunctionArn, Version, Handler) => {
    const { call } = functionsWorld([orders]);
    const [name = '', query = ''] = named.split('?');
    const answer = await answered(call('GET', `${collection}/${name}/configuration?${query}`));
    expect(answer).toMatchObject({ FunctionArn, Version, Handler });
  });

  it('has no Handler where that is a JavaScript function, and no Environment without variables', async () => {
    const { call } = functionsWorld([inline(noop)]);
    const answer = await answered(call('GET', `${collection}/orders/configuration`));
    expect(Object.keys(answer).filter((key) => key === 'Handler' || key === 'Environment')).toEqual([]);
  });

  it('has the same RevisionId until the function changes, and from then on another LastModified', async () => {
    const clock = new VirtualClock();
    const { call, functions } = functionsWorld([orders, { name: 'billing' }], clock);
    const look = async (name: string) => {
      const answer = await answered(call('GET', `${collection}/${name}/configuration`));
      return [answer['RevisionId'], answer['LastModified']];
    };
    await clock.advance(1_000);
    const before = await look('orders');
    expect(before[1]).toBe('2026-01-31T12:00:00.000+0000');
    const other = await look('billing');
    expect(await look('orders')).toEqual(before);
    const changed = [definitionOf({ ...orders, memoryMb: 512 }), definitionOf({ name: 'billing' })];
    await functions.reconfigure(new Map(changed.map((definition) => [definition.name, definition])));
    const [revision, modified] = await look('orders');
    expect(revision).not.toBe(before[0]);
    expect(modified).toBe('2026-01-31T12:00:01.000+0000');
    expect(await look('billing')).toEqual(other);
  });

  it('has a RevisionId from which no value of a variable can be guessed', async () => {
    const revisions = ['a', 'b'].map(async (PASSWORD) => {
      const { call } = functionsWorld([{ ...orders, variables: { PASSWORD } }]);
      return (await answered(call('GET', `${collection}/orders/configuration`)))['RevisionId'];
    });
    const [one, other] = await Promise.all(revisions);
    expect(one).toBe(other);
  });
});

describe('GetFunction', () => {
  it('has the configuration, where the code is, and the concurrency that is reserved', async () => {
    const { call } = functionsWorld([orders], new VirtualClock());
    expect(await answered(call('GET', `${collection}/orders`))).toEqual({
      Configuration: ordersConfiguration,
      Code: { RepositoryType: 'Local', Location: `file://${handlers}` },
      Concurrency: { ReservedConcurrentExecutions: 5 },
    });
  });

  it('has no place to show for a JavaScript function, and no concurrency that is not reserved', async () => {
    const { call } = functionsWorld([inline(noop)]);
    expect(await answered(call('GET', `${collection}/orders`))).toEqual({
      Configuration: expect.any(Object) as object,
      Code: { RepositoryType: 'Inline' },
    });
  });
});

describe('a function is named', () => {
  it.each([
    ['by its name', 'orders'],
    ['with a qualifier', 'orders:live'],
    ['with a qualifier of its own', 'orders?Qualifier=live'],
    ['with the same qualifier twice', 'orders:live?Qualifier=live'],
    ['with $LATEST', 'orders:$LATEST'],
    ['with $LATEST, encoded', 'orders%3A%24LATEST'],
    ['with an empty qualifier', 'orders?Qualifier='],
    ['by a partial ARN', '000000000000:function:orders:live'],
    ['by its ARN', arnOf('orders')],
    ['by its ARN, encoded', encoded(arnOf('orders'))],
    ['by its ARN with a qualifier, encoded', encoded(arnOf('orders:live'))],
    ['by its ARN and a qualifier', `${encoded(arnOf('orders'))}?Qualifier=live`],
  ])('%s', async (_, named) => {
    const { call } = functionsWorld([orders]);
    const [name = '', query = ''] = named.split('?');
    for (const slash of ['', '/']) {
      const answer = await call('GET', `${collection}/${name}/configuration${slash}?${query}`);
      expect([answer.status, JSON.parse(answer.body)]).toMatchObject([200, { FunctionName: 'orders' }]);
    }
  });

  const namePattern =
    '(arn:(aws[a-zA-Z-]*)?:lambda:)?([a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\\d{1}:)?(\\d{12}:)?(function:)?([a-zA-Z0-9-_\\.]+)(:(\\$LATEST(\\.PUBLISHED)?|[a-zA-Z0-9-_]+))?';
  const noName = (value: string) =>
    invalid(
      `1 validation error detected: Value '${value}' at 'functionName' failed to satisfy constraint: Member must satisfy regular expression pattern: ${namePattern}`,
    );

  it.each([
    ['that there is not', 'missing', notFound(`Function not found: ${arnOf('missing')}`)],
    ['with a qualifier that it has not', 'orders:dev', notFound(`Function not found: ${arnOf('orders:dev')}`)],
    ['with a version that it has not', 'orders?Qualifier=7', notFound(`Function not found: ${arnOf('orders:7')}`)],
    [
      'of another account',
      '111111111111:function:orders',
      notFound('Function not found: arn:aws:lambda:eu-west-1:111111111111:function:orders'),
    ],
    [
      'of another region',
      encoded('arn:aws:lambda:us-east-1:000000000000:function:orders'),
      notFound("Functions from 'us-east-1' are not reachable in this region ('eu-west-1')"),
    ],
    [
      'with two qualifiers',
      'orders:live?Qualifier=1',
      errorAnswer(400, 'InvalidParameterValueException', {
        Type: 'User',
        message: 'The derived qualifier from the function name does not match the specified qualifier.',
      }),
    ],
    ['as no function can be', 'or%20ders', noName('or ders')],
    ['with a slash', 'a%2Fb', noName('a/b')],
    [
      'with an ARN of another service',
      encoded('arn:aws:sqs:eu-west-1:000000000000:orders'),
      noName('arn:aws:sqs:eu-west-1:000000000000:orders'),
    ],
    [
      'with a qualifier that can be none',
      'orders?Qualifier=a%20b',
      invalid(
        "1 validation error detected: Value 'a b' at 'qualifier' failed to satisfy constraint: Member must satisfy regular expression pattern: \\$(LATEST(\\.PUBLISHED)?)|[a-zA-Z0-9-_$]+",
      ),
    ],
    [
      'with a qualifier that is too long',
      `orders?Qualifier=${'a'.repeat(129)}`,
      invalid(
        `1 validation error detected: Value '${'a'.repeat(129)}' at 'qualifier' failed to satisfy constraint: Member must have length less than or equal to 128`,
      ),
    ],
  ])('and refused: one %s', async (_, named, answer) => {
    const { call } = functionsWorld([orders]);
    const [name = '', query = ''] = named.split('?');
    expect(await call('GET', `${collection}/${name}?${query}`)).toEqual(answer);
    expect(await call('GET', `${collection}/${name}/configuration?${query}`)).toEqual(answer);
    expect(await call('POST', `${collection}/${name}/invocations?${query}`)).toEqual(answer);
  });
});

describe('ListFunctions', () => {
  it('has every function, in the order of names, without the states that GetFunction has', async () => {
    const { call } = functionsWorld([orders, { name: 'billing' }], new VirtualClock());
    const { State: _, LastUpdateStatus: __, ...listed } = ordersConfiguration;
    for (const slash of ['', '/']) {
      const answer = await answered(call('GET', `${collection}${slash}`));
      expect(answer).toEqual({ Functions: [expect.objectContaining({ FunctionName: 'billing' }), listed] });
    }
  });

  it('is empty without functions', async () => {
    expect(await answered(functionsWorld([]).call('GET', collection))).toEqual({ Functions: [] });
  });

  it('has versions too with FunctionVersion=ALL, and no aliases', async () => {
    const qualified = new Map(
      ['10', 'live', '2', '1'].map((key) => [key, { kind: 'module', handler: 'a.b' }] as const),
    );
    const { call } = functionsWorld([{ name: 'orders', qualified }, { name: 'billing' }]);
    expect(await arnsOf(call, '?FunctionVersion=ALL')).toEqual([
      arnOf('billing:$LATEST'),
      arnOf('orders:$LATEST'),
      arnOf('orders:1'),
      arnOf('orders:2'),
      arnOf('orders:10'),
    ]);
  });

  it('is given in pages of 50 at most, of which only the last has no NextMarker', async () => {
    const wanted = Array.from({ length: 120 }, (_, index) => ({ name: `f${String(index).padStart(3, '0')}` }));
    const { call } = functionsWorld(wanted);
    expect(await pagesOf(call, 'MaxItems=10000')).toEqual([50, 50, 20]);
    expect(await pagesOf(call, '')).toEqual([50, 50, 20]);
    expect(await pagesOf(call, 'MaxItems=40')).toEqual([40, 40, 40]);
    expect(await pagesOf(call, 'MaxItems=40&FunctionVersion=ALL')).toEqual([40, 40, 40]);
  });

  it('goes on behind a function that is gone by now', async () => {
    const { call, functions } = functionsWorld([{ name: 'a' }, { name: 'b' }, { name: 'c' }]);
    const { NextMarker } = await answered(call('GET', `${collection}?MaxItems=2`));
    await functions.reconfigure(new Map(['a', 'c'].map((name) => [name, definitionOf({ name })])));
    expect(await arnsOf(call, `?Marker=${String(NextMarker)}`)).toEqual([arnOf('c')]);
  });

  it.each([
    ['MaxItems=0', constraint('0', 'maxItems', 'Member must have value greater than or equal to 1')],
    ['MaxItems=10001', constraint('10001', 'maxItems', 'Member must have value less than or equal to 10000')],
    [
      'MaxItems=many',
      errorAnswer(400, 'SerializationException', {
        Type: 'User',
        message: "STRING_VALUE can not be converted to an Integer at 'maxItems'",
      }),
    ],
    ['FunctionVersion=NONE', constraint('NONE', 'functionVersion', 'Member must satisfy enum value set: [ALL]')],
    [
      'Marker=nonsense',
      errorAnswer(400, 'InvalidParameterValueException', {
        Type: 'User',
        message: 'Invalid Marker: give the NextMarker of the page before.',
      }),
    ],
  ])('refuses %s', async (query, answer) => {
    expect(await functionsWorld([orders]).call('GET', `${collection}?${query}`)).toEqual(answer);
  });
});

describe('what functions are is up to the configuration file', () => {
  it.each(unsupportedOperations.map((row) => [row.operation, row] as const))(
    '%s says so',
    async (_, { method, path, operation }) => {
      const { call } = functionsWorld([orders]);
      const filled = path.replaceAll(/:\w+/g, 'orders');
      for (const slash of ['', '/']) {
        const answer = await call(method, filled + slash, method === 'GET' ? {} : { body: '{"FunctionName":"x"}' });
        expect(answer).toMatchObject({
          status: 400,
          headers: { 'x-amzn-errortype': 'InvalidParameterValueException' },
        });
        expect(JSON.parse(answer.body)).toEqual({
          Type: 'User',
          message: expect.stringMatching(
            `^${operation} is not supported: the functions are those of "functions" in the configuration file of millrace. `,
          ) as string,
        });
      }
    },
  );

  it.each([
    ['PATCH', collection, 'GET, HEAD'],
    ['DELETE', collection, 'GET, HEAD'],
    ['POST', `${collection}/orders`, 'GET, HEAD'],
    ['POST', `${collection}/orders/configuration`, 'GET, HEAD'],
    ['GET', `${collection}/orders/invocations`, 'POST'],
    ['PUT', `${collection}/orders/invocations/`, 'POST'],
    ['OPTIONS', `${collection}/orders/invocations`, 'POST'],
  ])('%s %s says which methods there are', async (method, path, allow) => {
    expect(await functionsWorld([orders]).call(method, path)).toEqual(
      errorAnswer(
        405,
        'MethodNotAllowedException',
        { Type: 'User', message: `${method} is not possible here; use ${allow}` },
        { allow },
      ),
    );
  });

  it('a method that no operation of a path has is refused, too', async () => {
    expect(await functionsWorld([orders]).call('PATCH', `${collection}/orders/code`)).toEqual(
      errorAnswer(
        405,
        'MethodNotAllowedException',
        { Type: 'User', message: 'PATCH is not possible here' },
        { allow: '' },
      ),
    );
  });

  it('a path below a function that there is not is no operation', async () => {
    expect(await functionsWorld([orders]).call('GET', `${collection}/orders/nothing`)).toMatchObject({
      status: 404,
      headers: { 'x-amzn-errortype': 'UnknownOperationException' },
    });
  });
});

async function answered(answer: ReturnType<FunctionsWorld['call']>): Promise<Readonly<Record<string, unknown>>> {
  const { status, body, headers } = await answer;
  expect([status, headers['content-type']]).toEqual([200, 'application/json']);
  return JSON.parse(body) as Readonly<Record<string, unknown>>;
}

async function arnsOf(call: FunctionsWorld['call'], query: string): Promise<readonly string[]> {
  const { Functions } = await answered(call('GET', `${collection}${query}`));
  return (Functions as readonly { readonly FunctionArn: string }[]).map(({ FunctionArn }) => FunctionArn);
}

/** The sizes of the pages, first to last; fails when a function is in two of them. */
async function pagesOf(call: FunctionsWorld['call'], query: string): Promise<readonly number[]> {
  const seen = new Set<string>();
  const sizes: number[] = [];
  for (let marker: string | undefined = ''; marker !== undefined;) {
    const page = await answered(call('GET', `${collection}?${query}&Marker=${marker}`));
    const names = (page['Functions'] as readonly { readonly FunctionName: string }[]).map((fn) => fn.FunctionName);
    for (const name of names) {
      expect(seen).not.toContain(name);
      seen.add(name);
    }
    sizes.push(names.length);
    marker = page['NextMarker'] as string | undefined;
  }
  return sizes;
}
