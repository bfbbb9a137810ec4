/**
 * Cuts a text that comes in pieces at its line ends. A line is looked through once, however many pieces it comes in.
 */
export class WholeLines {
  #rest: string[] = [];
  #restLength = 0;

  /** The length of the line that has no end yet. */
  get restLength(): number {
    return this.#restLength;
  }

  /** The lines that are whole now, as one text without the last line end; undefined: none is. */
  push(text: string): string | undefined {
    const lineEnd = text.lastIndexOf('\n');
    if (lineEnd === -1) {
      this.#keep(text);
      return undefined;
    }
    const whole = this.takeRest() + text.slice(0, lineEnd);
    this.#keep(text.slice(lineEnd + 1));
    return whole;
  }

  /** What has no line end and will get none; empty where there is nothing. */
  takeRest(): string {
    const rest = this.#rest.join('');
    this.#rest = [];
    this.#restLength = 0;
    return rest;
  }

  #keep(text: string): void {
    if (text === '') return;
    this.#rest.push(text);
    this.#restLength += text.length;
  }
}

/** The lines of a stream, as many at a time as came together; the last one also without a line end. */
export async function* linesOf(pieces: AsyncIterable<string>): AsyncGenerator<readonly string[]> {
  const lines = new WholeLines();
  for await (const piece of pieces) {
    const whole = lines.push(piece);
    if (whole !== undefined) yield whole.split('\n');
  }
  const last = lines.takeRest();
  if (last !== '') yield [last];
}
