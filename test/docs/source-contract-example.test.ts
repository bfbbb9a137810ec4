import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Clock } from 'millrace';
import { streamSourceContract } from 'millrace/testing';
import { afterEach, describe, it } from 'vitest';
import jsonLines from '../../fixtures/json-lines-source/json-lines.js';

const place = { region: 'us-east-1', account: '000000000000', id: 'orders.jsonl' };
const ref = { arn: 'arn:millrace:json-lines:us-east-1:000000000000:orders.jsonl', ...place };
const body = (text: string) => ({ body: JSON.stringify(text) });
const clock: Clock = {
  now: () => Date.now(),
  after: (ms, run) => {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
};

streamSourceContract(
  {
    name: 'json-lines',
    timestamps: { because: 'lines have no time of arrival' },
    splits: { because: 'a file is one partition' },
    create: async () => {
      const root = await mkdtemp(path.join(tmpdir(), 'json-lines-'));
      await writeFile(path.join(root, ref.id), '');
      const context = { root, clock };
      return {
        source: jsonLines.open(ref, context),
        send: async (texts) => void (await jsonLines.send(ref, texts.map(body), context)),
        bodyOf: ({ data }) => JSON.parse(String(data)) as string,
        missing: () => jsonLines.open({ ...ref, id: 'missing.jsonl' }, context),
        split: () => Promise.reject(new Error('a file cannot be split')),
        dispose: () => rm(root, { recursive: true }),
      };
    },
  },
  { describe, it, afterEach },
);
