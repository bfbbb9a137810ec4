import { describe, expect, it } from 'vitest';
import { createApp } from '../../src/api/app.js';
import { allowedHosts } from '../../src/api/host-guard.js';
import { rewindRoutes, type Rewind } from '../../src/api/rewind.js';
import { MillraceError } from '../../src/platform/millrace-error.js';

function post(body: string, rewind: Rewind, headers: Readonly<Record<string, string>> = {}): Promise<Response> {
  const app = createApp({
    allowedHosts: allowedHosts('localhost', []),
    routes: [rewindRoutes(rewind)],
    defect: () => {},
    requestId: () => 'r-1',
  });
  return Promise.resolve(
    app.request('http://localhost/rewind', { method: 'POST', body, headers: { host: 'localhost', ...headers } }),
  );
}
const body = JSON.stringify({ mapping: 'clicks', to: 'LATEST' });

describe('POST /rewind', () => {
  it('rewinds a mapping and answers with its shards', async () => {
    const asked: string[] = [];
    const answer = await post(body, async (mapping, to) => {
      asked.push(`${mapping} ${to}`);
      return ['shard: behind 42'];
    });
    expect(await answer.json()).toEqual({ shards: ['shard: behind 42'] });
    expect(asked).toEqual(['clicks LATEST']);
  });

  it('says why it cannot', async () => {
    const answer = await post(body, () =>
      Promise.reject(new MillraceError('STATE_LOCKED', 'mapping clicks is running')),
    );
    expect(answer.status).toBe(409);
    expect(await answer.json()).toMatchObject({ message: 'mapping clicks is running' });
  });

  it.each(['', 'text', '{}', '{"mapping":"clicks"}', '{"mapping":"clicks","to":"LATEST","more":1}'])(
    'refuses the body %j',
    async (given) => {
      expect((await post(given, async () => [])).status).toBe(400);
    },
  );

  it('is not for web pages of others', async () => {
    const answer = await post(body, async () => [], { origin: 'http://evil.example' });
    expect(answer.status).toBe(403);
  });
});
