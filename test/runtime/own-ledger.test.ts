import { describe, expect, it } from 'vitest';
import { defineSource } from '../../src/contracts/source-definition.js';
import type { StreamSource } from '../../src/contracts/stream-source.js';
import { systemClock } from '../../src/platform/clock.js';
import { startRuntime } from '../../src/runtime/runtime.js';
import { MemoryStream } from '../../src/testing/memory-stream.js';
import { MemoryLedger } from '../fakes/memory-ledger.js';

/** A runtime on a stream that keeps its checkpoints itself. */
async function started(Enabled: boolean) {
  const stream = new MemoryStream({ clock: systemClock });
  const ledger = new MemoryLedger();
  const source: StreamSource = Object.assign(stream, { ledger });
  const log = defineSource({ name: 'log', kind: 'stream', open: () => source });
  const EventSourceArn = 'arn:millrace:log:us-east-1:000000000000:a';
  const runtime = await startRuntime({
    functions: { reader: { handler: () => undefined } },
    mappings: [{ FunctionName: 'reader', EventSourceArn, Enabled }],
    sources: [log],
  });
  return { runtime, stream, ledger };
}

describe('a stream that keeps its checkpoints itself', () => {
  it('is told how far its records are done', async () => {
    const { runtime, stream, ledger } = await started(true);
    await using _ = runtime;
    stream.write(['one', 'two']);
    await runtime.idle({ seconds: 0.2 });
    await runtime.stop();
    expect(ledger.checkpointOf('partition-0')).toBe('2');
  });

  it('is rewound where it keeps them', async () => {
    const { runtime, ledger } = await started(false);
    await using _ = runtime;
    expect(await runtime.rewind('a', 'TRIM_HORIZON')).toEqual(['partition-0: from its oldest record']);
    expect(ledger.checkpointOf('partition-0')).toBe('horizon');
  });
});
