import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

const lookEveryMs = 50;

/**
 * What was handled, as the handlers have noted it in a file, one line for each call: shard, number of records, and the
 * time on the clock that all processes share.
 */
export function readMarks(file) {
  const lines = readFileSync(file, 'utf8').split('\n').slice(0, -1); // what is behind the last line break is half a line
  return lines.map((line) => {
    const [shard, records, at] = line.split(' ');
    return { shard, records: Number(records), at: Number(at) / 1e6 };
  });
}

/** Resolves with the marks of these shards when they amount to `total` records: no fewer, and no record twice. */
export async function allMarks({ file, shards, total, running, timeoutMs }) {
  const until = performance.now() + timeoutMs;
  for (;;) {
    const marks = readMarks(file).filter(({ shard }) => shards.has(shard));
    const handled = marks.reduce((sum, { records }) => sum + records, 0);
    if (handled > total) throw new Error(`${handled} records were handled, and there are only ${total}`);
    if (handled === total) return marks;
    if (!running()) throw new Error(`the process ended when ${handled} of ${total} records were handled`);
    if (performance.now() > until) throw new Error(`${handled} of ${total} records were handled in ${timeoutMs} ms`);
    await sleep(lookEveryMs);
  }
}
