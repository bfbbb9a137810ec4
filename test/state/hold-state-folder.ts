// A process that holds a state folder until it is killed. Says what came of it on standard output.
import { systemClock } from '../../src/platform/clock.js';
import { systemRandom } from '../../src/platform/random.js';
import { openStateFolder } from '../../src/state/state-folder.js';

try {
  const folder = await openStateFolder(process.argv[2] ?? '', { clock: systemClock, random: systemRandom });
  await folder.writeRunning({ startedAt: '2026-01-31T12:00:00.000Z', port: 9400, endpoints: {} });
  process.stdout.write('open\n');
  process.stdin.resume().once('end', () => void folder.release().then(() => process.exit()));
} catch (error) {
  process.stdout.write(`refused ${(error as { code?: string }).code}\n`);
}
