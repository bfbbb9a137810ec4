import { randomUUID } from 'node:crypto';

/** The only door to chance. */
export interface Random {
  /** From 0 up to, not including, 1. */
  next(): number;
  /** A version-4 UUID. */
  uuid(): string;
}

export const systemRandom: Random = {
  next: () => Math.random(),
  uuid: () => randomUUID(),
};
