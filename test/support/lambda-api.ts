import { LambdaClient } from '@aws-sdk/client-lambda';
import { startRuntime, type ConfigurationInput, type Runtime, type StartOptions } from '../../src/index.js';

export const account = '000000000000';
export const region = 'us-east-1';

/** An answer of the API, whole. */
export interface Answer {
  readonly status: number;
  readonly body: unknown;
  readonly headers: Headers;
}

/** A runtime with its HTTP port, and callers of it. */
export interface LambdaApi {
  readonly runtime: Runtime;
  readonly url: string;
  readonly client: LambdaClient;
  /** Calls a path as any HTTP client would. */
  call(method: string, path: string, body?: unknown): Promise<Answer>;
  close(): Promise<void>;
}

/** Starts a runtime of this process with an HTTP port. */
export async function startLambdaApi(input: ConfigurationInput, options: StartOptions = {}): Promise<LambdaApi> {
  const http = { host: '127.0.0.1', port: 0, explicitPort: true, allowHosts: [] };
  const runtime = await startRuntime({ region, account, mappings: [], ...input }, { env: {}, ...options, http });
  const url = runtime.url ?? '';
  const client = new LambdaClient({
    endpoint: url,
    region,
    credentials: { accessKeyId: 'any', secretAccessKey: 'any' },
    maxAttempts: 1,
  });
  return {
    runtime,
    url,
    client,
    call: async (method, path, body) => {
      const text = typeof body === 'string' ? body : JSON.stringify(body);
      const answer = await fetch(`${url}${path}`, { method, ...(text === undefined ? {} : { body: text }) });
      const answered = await answer.text();
      return {
        status: answer.status,
        body: answered === '' ? undefined : (JSON.parse(answered) as unknown),
        headers: answer.headers,
      };
    },
    close: async () => {
      client.destroy();
      await runtime.stop();
    },
  };
}
