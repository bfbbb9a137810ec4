import { StringDecoder } from 'node:string_decoder';
import { WholeLines } from '../platform/lines.js';
import { maxFrameBytes } from './environment/output-frame.js';

/**
 * Turns pieces of a stream into lines: text is handed on up to the last line end, the unfinished rest waits for its
 * end, for `flush`, or until it is too long to wait.
 */
export class LineAssembler {
  readonly #decoder = new StringDecoder('utf8');
  readonly #onText: (text: string) => void;
  readonly #lines = new WholeLines();

  constructor(onText: (text: string) => void) {
    this.#onText = onText;
  }

  push(bytes: Buffer): void {
    const whole = this.#lines.push(this.#decoder.write(bytes));
    if (whole !== undefined) this.#emit(whole);
    if (this.#lines.restLength > maxFrameBytes) this.flush();
  }

  /** Hands on an unfinished line: nothing will follow, or what follows belongs to somebody else. */
  flush(): void {
    const rest = this.#lines.takeRest();
    if (rest !== '') this.#emit(rest);
  }

  #emit(text: string): void {
    this.#onText(text.endsWith('\r') ? text.slice(0, -1) : text);
  }
}
