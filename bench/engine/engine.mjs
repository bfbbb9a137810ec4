import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { average, bar, median } from '../figures.mjs';
import { Background, quiet } from '../machine.mjs';
import { messageOf, startNode, stop } from '../processes.mjs';

const script = fileURLToPath(new URL('run.mjs', import.meta.url));
const batchSize = 1_000;
/** In the memory run: long enough that reading is always ahead of the handlers. */
const handlerMs = 20;
const disturbedPercent = 10;
/** In the memory run: a quarter of the backlog. */
const heapMb = 256;
const tenths = Array.from({ length: 10 }, (_, step) => step);
const flat = { percent: 10, mb: 20 };

/** The engine for streams without service, files and processes: its own rate, and its memory with a backlog. */
export async function engine({ cli, records, backlog, rounds, patience, profile, note }) {
  const build = pathToFileURL(path.join(path.dirname(cli), '../')).href;
  const profileFlags = profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profile}`];
  const run = (settings, flags) => measure({ build, batchSize, ...settings }, flags);
  const runs = [];
  for (let round = 1; round <= rounds; round++) {
    await quiet(patience);
    const background = new Background();
    const { seconds } = await run({ records, partitions: 1, handlerMs: 0, unique: false }, profileFlags);
    const [rate, others] = [records / seconds, background.percent()];
    runs.push({ rate, others });
    note(`engine: round ${round}: ${Math.round(rate)} records/s (others: ${Math.round(others)} %)`);
  }
  note(`engine: memory with a backlog of ${backlog} records`);
  const waiting = { records: backlog, partitions: 4, handlerMs, unique: true };
  const limited = await run(waiting, [`--max-old-space-size=${heapMb}`]);
  const unlimited = await run(waiting, []);
  return report({ records, backlog, runs, limited, unlimited });
}

async function measure(settings, flags) {
  const child = startNode([...flags, script, JSON.stringify(settings)], { ipc: true });
  try {
    const done = await messageOf(child, 'done', 600_000);
    if (done.called !== settings.records) throw new Error(`${done.called} of ${settings.records} records were handled`);
    return done;
  } finally {
    await stop(child);
  }
}

function report({ records, backlog, runs, limited, unlimited }) {
  const rate = median(runs.map((run) => run.rate));
  const all = runs.map((run) => `${Math.round(run.rate)}${run.others > disturbedPercent ? '*' : ''}`).join(', ');
  const [second, last] = [between(limited, 0.25, 0.5), between(limited, 0.75, 1)];
  const isFlat = (mb) => mb <= Math.max(flat.mb, (second * flat.percent) / 100);
  const backlogMb = Math.round((backlog * 1_024) / 1e6);
  return {
    title: 'Engine of streams',
    about: [
      `The engine alone, in one process: ${records} records of 1 KB that are generated when they are read, 1 partition, batches of ${batchSize}, checkpoints in memory, a function in the same process that does nothing, a journal that nobody reads. From start until the checkpoint is behind the last record: median of ${runs.length} runs: ${all} records/s; * = other programs used more than ${disturbedPercent} % of the machine meanwhile.`,
      `Memory: ${backlog} records of 1 KB (${backlogMb} MB), each a text of its own, in 4 partitions, and a function that takes ${handlerMs} ms for a batch, so that reading is always ahead. Resident memory of the process that also makes the records, average of each tenth.`,
      `The bar is on a heap of at most ${heapMb} MB, into which the backlog does not fit: with all the memory of the machine before it V8 collects garbage when it likes to, and what it has not collected yet is all that such a curve would show.`,
    ],
    columns: ['memory', ...tenths.map((step) => `${(step + 1) * 10} %`), 'peak', 'took'],
    rows: [
      [`heap of ${heapMb} MB`, ...memoryCells(limited)],
      ['no limit', ...memoryCells(unlimited)],
    ],
    bars: [
      bar('engine of streams, records/s', rate, (value) => value >= 500_000, '≥ 500,000', 0),
      bar(
        `engine of streams, backlog of ${backlogMb} MB: memory, last quarter (${Math.round(last)} MB) against the second (${Math.round(second)} MB)`,
        last - second,
        isFlat,
        `growth ≤ ${flat.mb} MB or ${flat.percent} %`,
        1,
        ' MB',
      ),
    ],
  };
}

function memoryCells(run) {
  const each = tenths.map((step) => between(run, step / tenths.length, (step + 1) / tenths.length));
  return [...each, run.peakMb].map((mb) => `${Math.round(mb)} MB`).concat(`${run.seconds.toFixed(1)} s`);
}

function between({ samples }, from, to) {
  return average(samples.filter(({ share }) => share >= from && share < to).map(({ mb }) => mb));
}
