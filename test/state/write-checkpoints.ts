// A process that writes checkpoints until it is killed. Says on standard output, a line each, what was stored.
import { checkpointsFolder, LevelCheckpointStore } from '../../src/state/level-checkpoints.js';
import { after, partitionsOf } from './partition-states.js';

const [folder = '', mode = '', first = '0'] = process.argv.slice(2);
const partitions = ['a', 'b', 'c', 'd'];

const say = (line: string): void => void process.stdout.write(`${line}\n`);

try {
  const store = await LevelCheckpointStore.open(checkpointsFolder(folder));
  const ledger = store.ledger('mapping-1');
  const { identity } = await ledger.read();
  if (identity === undefined) await ledger.begin('stream-1', partitionsOf(partitions, after('0')));
  say('open');
  if (mode === 'replace') {
    for (let number = Number(first); ; number++) {
      await ledger.replace(`stream-${number}`, partitionsOf(partitions, after(`${number}`)));
      say(`stored ${number}`);
    }
  }
  if (mode === 'checkpoint') {
    const leases = await ledger.claim(partitions);
    for (let number = Number(first); ; number++) {
      await Promise.all(leases.map((lease) => lease.checkpoint(`${number}`)));
      say(`stored ${number}`);
    }
  }
  process.stdin.resume();
} catch (error) {
  const { code, message } = error as { readonly code?: string; readonly message?: string };
  say(`refused ${code} ${message}`);
}
