import { DynamoDbStreamsStub } from '../fakes/dynamodb-streams-stub.js';
import { startTestSqs, type TestSqs } from './embedded-sqs.js';
import { startKinesalite, type TestKinesis } from './kinesis-servers.js';
import { account, region, startLambdaApi, type LambdaApi } from './lambda-api.js';

export const queueArn = (name: string): string => `arn:aws:sqs:${region}:${account}:${name}`;
export const streamArn = (name: string): string => `arn:aws:kinesis:${region}:${account}:stream/${name}`;
export const functionArn = (name: string): string => `arn:aws:lambda:${region}:${account}:function:${name}`;

export const collection = '/2015-03-31/event-source-mappings';

/** Real servers of every kind of source, and a runtime without mappings that may call them. */
export interface LambdaWorld {
  readonly api: LambdaApi;
  readonly sqs: TestSqs;
  readonly kinesis: TestKinesis;
  /** The stream of a table that there is. */
  readonly tableArn: string;
  /** Creates a mapping and resolves with its UUID. */
  create(parameters: object): Promise<string>;
  /** Deletes every mapping and waits until none is left. */
  clear(): Promise<void>;
  /** Another runtime, whose queues are where nobody answers. */
  withDeadEndpoint(): Promise<{ readonly api: LambdaApi; close(): Promise<void> }>;
  close(): Promise<void>;
}

const handler = (): void => {};

export const functions = {
  worker: {
    handler,
    Aliases: { myalias: { handler } },
    Versions: { '1': { handler }, '2': { handler } },
  },
  billing: { handler },
  slow: { handler, Timeout: 60 },
  patient: { handler, Timeout: 900 },
};

export async function startLambdaWorld(): Promise<LambdaWorld> {
  const [sqs, kinesis, dynamodb] = await Promise.all([startTestSqs(), startKinesalite(), DynamoDbStreamsStub.start()]);
  const tableArn = dynamodb.createTable('items');
  const api = await startLambdaApi({
    functions,
    endpoints: { sqs: sqs.url, sns: sqs.url, s3: sqs.url, kinesis: kinesis.url, dynamodb: dynamodb.url },
  });
  const uuidsOf = async (): Promise<readonly string[]> => {
    const { body } = await api.call('GET', collection);
    return (body as { readonly EventSourceMappings: readonly { readonly UUID: string }[] }).EventSourceMappings.map(
      ({ UUID }) => UUID,
    );
  };
  return {
    api,
    sqs,
    kinesis,
    tableArn,
    create: async (parameters) => {
      const { status, body } = await api.call('POST', collection, parameters);
      if (status !== 202) throw new Error(JSON.stringify(body));
      return (body as { readonly UUID: string }).UUID;
    },
    clear: async () => {
      for (let left = await uuidsOf(); left.length > 0; left = await uuidsOf()) {
        await Promise.all(left.map((uuid) => api.call('DELETE', `${collection}/${uuid}`)));
      }
    },
    withDeadEndpoint: async () => {
      const dead = await startLambdaApi({ functions, endpoints: { sqs: 'http://127.0.0.1:1' } });
      return { api: dead, close: () => dead.close() };
    },
    close: async () => {
      await api.close();
      await Promise.all([sqs.close(), kinesis.close(), dynamodb.close()]);
    },
  };
}
