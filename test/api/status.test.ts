import { describe, expect, it } from 'vitest';
import { createApp } from '../../src/api/app.js';
import { allowedHosts } from '../../src/api/host-guard.js';
import { statusRoutes } from '../../src/api/status.js';
import type { MappingProgress } from '../../src/readers/status/progress.js';

const partition = { partition: 'a', owner: 'me-1', committed: '7', handled: '9', end: null, lag: null, reason: null };
const progress: MappingProgress = {
  name: 'clicks',
  uuid: 'u-1',
  state: 'polling',
  reason: 'polling stream clicks: 1 shard',
  partitions: [partition],
};

function get(headers: Readonly<Record<string, string>>): Promise<Response> {
  const app = createApp({
    allowedHosts: allowedHosts('localhost', []),
    routes: [statusRoutes(() => [progress])],
    defect: () => {},
    requestId: () => 'r-1',
  });
  return Promise.resolve(app.request('http://localhost/status', { headers }));
}

describe('GET /status', () => {
  it('is how far every mapping has come, unknown values as null', async () => {
    expect(await (await get({ host: 'localhost' })).json()).toEqual([progress]);
  });

  it.each([{ host: 'evil.example' }, { host: 'localhost', origin: 'http://evil.example' }])(
    'is told to no other site: %j',
    async (headers) => {
      expect((await get(headers)).status).toBe(403);
    },
  );
});
