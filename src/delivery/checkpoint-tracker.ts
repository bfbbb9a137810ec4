/**
 * Finds out how far a shard is done when its records are worked on in several lanes: up to the last record before which
 * nothing is left to do. Records are added in the order of the stream, and done in any order.
 */
export class CheckpointTracker<P> {
  /** In the order of the stream; those in front of the first undone one are let go. */
  readonly #entries: { readonly position: P; done: boolean }[] = [];
  readonly #open = new Map<P, { readonly position: P; done: boolean }>();
  #checkpoint: P | undefined;

  /** The position of the last record before which everything is done; undefined until the first is. */
  get checkpoint(): P | undefined {
    return this.#checkpoint;
  }

  /** Records that were added and are not done. */
  get undone(): number {
    return this.#open.size;
  }

  add(position: P): void {
    if (this.#open.has(position)) throw new Error(`position ${String(position)} is under way already`);
    const entry = { position, done: false };
    this.#entries.push(entry);
    this.#open.set(position, entry);
  }

  /** Whether the checkpoint has moved. */
  done(positions: Iterable<P>): boolean {
    for (const position of positions) {
      const entry = this.#open.get(position);
      if (entry === undefined) continue; // told twice
      entry.done = true;
      this.#open.delete(position);
    }
    const undone = this.#entries.findIndex((entry) => !entry.done);
    const finished = this.#entries.splice(0, undone === -1 ? this.#entries.length : undone);
    const last = finished.at(-1);
    if (last === undefined) return false;
    this.#checkpoint = last.position;
    return true;
  }
}
