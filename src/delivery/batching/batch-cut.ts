export interface BatchLimits {
  readonly maxRecords: number;
  /** Limit of the whole event JSON in UTF-8 bytes. */
  readonly maxBytes: number;
  /** Size of an event without records. */
  readonly envelopeBytes: number;
}

/** How far one batch has grown: by the number of its records and by the size of its event, whichever ends it first. */
export class BatchCut {
  readonly #limits: BatchLimits;
  #count = 0;
  #bytes: number;

  constructor(limits: BatchLimits) {
    this.#limits = limits;
    this.#bytes = limits.envelopeBytes;
  }

  /** Records in it. */
  get count(): number {
    return this.#count;
  }

  /** UTF-8 size of its event. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Whether one more record of this size fits. A record that is too large by itself still goes, alone. */
  fits(bytes: number): boolean {
    return this.#count === 0 || this.#bytes + 1 + bytes <= this.#limits.maxBytes;
  }

  /** Takes a record in; true when no other fits after it, whatever its size. */
  add(bytes: number): boolean {
    this.#bytes += bytes + (this.#count > 0 ? 1 : 0); // the comma between two records
    return ++this.#count >= this.#limits.maxRecords;
  }
}
