import { symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, it } from 'vitest';
import type { MappingRecord } from '../../src/mappings/mapping-record.js';
import { StoredMappings } from '../../src/state/stored-mappings.js';
import { temporaryFolders } from '../config/temporary-folder.js';

const newFolder = temporaryFolders();

const record: MappingRecord = {
  uuid: '5e3a7f0c-0000-4000-8000-000000000001',
  name: 'orders',
  number: 1,
  origin: 'api',
  request: { FunctionName: 'worker', EventSourceArn: 'arn:aws:sqs:us-east-1:000000000000:orders' },
  functionArn: 'arn:aws:lambda:us-east-1:000000000000:function:worker',
  sourceType: 'sqs',
  tags: { team: 'a' },
  lastModified: 1,
  begun: true,
  changes: [],
};

it('a mapping that is deleted while another terminal reads all of them is not there', async () => {
  const state = await newFolder();
  const stored = new StoredMappings(state);
  await stored.write(record);
  // Listed, and gone when it is read.
  await symlink(path.join(state, 'nothing'), path.join(state, 'mappings', 'deleted.json'));
  expect(await stored.all()).toEqual([record]);
});

it('a state folder that is a file is told in words', async () => {
  const file = path.join(await newFolder(), 'state');
  await writeFile(file, '');
  await expect(new StoredMappings(file).all()).rejects.toMatchObject({
    name: 'MillraceError',
    message: expect.stringContaining(`${file} cannot be read`) as unknown,
  });
});
