import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { prepareReport, ReportCollector, writeReport } from '../../../src/readers/status/report.js';
import { StatusBoard } from '../../../src/readers/status/status.js';
import { at, callOf, discarded, orders } from '../sample-entries.js';
import { temporaryFolder } from '../../journal/temporary-folder.js';

describe('the report', () => {
  it('has the counters of every mapping and each discarded record', async () => {
    const { read, collector } = world();
    const call = callOf({ records: ['r-1', 'r-2'] });
    for (const event of [call.received, call.invoked, call.failed, discarded('r-1', 'orders-dlq'), discarded('r-2')])
      read(at(5, event));
    const file = path.join(await temporaryFolder(), 'deep', 'report.json');
    await writeReport(file, collector.report());
    expect(JSON.parse(await readFile(file, 'utf8'))).toEqual({
      v: 2,
      mappings: [
        expect.objectContaining({ name: 'orders', received: 2, handled: 0, failed: 2, discarded: 2, unhandled: 0 }),
      ],
      functions: [],
      discarded: [
        {
          mapping: 'orders',
          record: 'r-1',
          because: 'received 2 of at most 2 times',
          deadLetterQueue: 'orders-dlq',
          at: '2026-01-31T12:00:00.005Z',
        },
        { mapping: 'orders', record: 'r-2', because: 'received 2 of at most 2 times', at: '2026-01-31T12:00:00.005Z' },
      ],
      truncated: 0,
    });
  });

  it('lists at most 10,000 discarded records and counts the rest', () => {
    const { read, collector } = world();
    for (let index = 0; index < 10_007; index++) read(at(0, discarded(`r-${index}`)));
    expect(collector.report()).toMatchObject({
      discarded: { length: 10_000 },
      truncated: 7,
      mappings: [{ discarded: 10_007 }],
    });
  });

  it('says what to do when its file cannot be written', async () => {
    const file = path.join(await temporaryFolder(), 'file');
    await writeFile(file, '');
    const refused = {
      code: 'CONFIGURATION_INVALID',
      message: expect.stringMatching(/^--report=.*cannot be written.*Name a file in a folder/) as string,
    };
    await expect(writeReport(path.join(file, 'report.json'), world().collector.report())).rejects.toMatchObject(
      refused,
    );
    await expect(prepareReport(path.dirname(file)), 'a folder').rejects.toMatchObject(refused);
  });

  it('of an earlier run stays until there is a new one', async () => {
    const file = path.join(await temporaryFolder(), 'report.json');
    await writeFile(file, '{"earlier":true}');
    await prepareReport(file);
    expect(await readFile(file, 'utf8')).toBe('{"earlier":true}');
  });
});

function world() {
  const board = new StatusBoard([{ ...orders, kind: 'queue', source: 'arn', function: 'process-orders' }]);
  const collector = new ReportCollector(board);
  const read: StatusBoard['read'] = (entry) => {
    board.read(entry);
    collector.read(entry);
  };
  return { read, collector };
}
