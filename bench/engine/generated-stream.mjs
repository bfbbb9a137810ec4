import { setImmediate as turn } from 'node:timers/promises';

/** 1 KB of JSON with room for a number in front. */
const template = Buffer.from(JSON.stringify({ text: 'x'.repeat(1_013) }));
const shared = template.latin1Slice();
const numberAt = '{"text":"'.length;
const numberDigits = 10;

/**
 * A stream source that makes its records when they are read, so many in each partition. `unique` gives each one a text
 * of its own, as those have that a service sends. `called` hears how many records are in each event that is built.
 */
export function generatedStream({ partitions, recordsEach, unique, called }) {
  return {
    pacing: { kind: 'adaptive' },
    maxRead: 10_000,
    envelopeBytes: '{"Records":[]}'.length,
    describe: async () => ({ identity: 'generated', identityText: 'generated' }),
    partitions: async () => partitionIds(partitions).map((id) => ({ id, parents: [], closed: false })),
    open: async () => reader(recordsEach, unique),
    event(records) {
      called(records.length);
      return `{"Records":[${records.map(({ record }) => record).join(',')}]}`;
    },
    close: async () => {},
  };
}

function reader(end, unique) {
  let next = 0;
  return {
    async read({ max }) {
      await turn(); // no service answers at once
      const first = next;
      next = Math.min(end, next + max);
      const records = Array.from({ length: next - first }, (_, index) => recordOf(first + index, unique));
      return { records, ended: false, atTip: records.length === 0 };
    },
    close: async () => {},
  };
}

function recordOf(number, unique) {
  const id = String(number);
  const record = unique ? textOf(id) : shared;
  return { id, position: id, key: id, arrivedAt: 0, record, bytes: template.length, view: () => JSON.parse(record) };
}

function textOf(id) {
  template.write(id.padStart(numberDigits, '0'), numberAt);
  return template.latin1Slice();
}

/** Keeps the checkpoints of those partitions in memory; `allStored` resolves when they are behind the last record of each. */
export function ledgerInMemory({ partitions, recordsEach }) {
  const stored = new Map();
  const free = new Set(partitionIds(partitions));
  const last = String(recordsEach - 1);
  let behindLast = 0;
  let resolveAll;
  const allStored = new Promise((resolve) => (resolveAll = resolve));
  const lease = (partition) => ({
    partition,
    from: stored.get(partition).from,
    lost: new AbortController().signal,
    async checkpoint(position) {
      stored.set(partition, { kind: 'open', from: { kind: 'after', position } });
      if (position === last && ++behindLast === partitions) resolveAll();
    },
    release: async () => {},
  });
  const ledger = {
    claimEveryMs: undefined,
    read: async () => ({ identity: stored.size === 0 ? undefined : 'generated', partitions: new Map(stored) }),
    async begin(_identity, first) {
      for (const [partition, state] of first) stored.set(partition, state);
    },
    claim: async (ready) => ready.filter((partition) => free.delete(partition)).map(lease),
    close: async () => {},
  };
  return { ledger, allStored };
}

function partitionIds(count) {
  return Array.from({ length: count }, (_, index) => `partition-${index}`);
}
