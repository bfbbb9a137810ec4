import { StringDecoder } from 'node:string_decoder';
import { maxFrameBytes } from './environment/output-frame.js';

/**
 * Turns pieces of a stream into lines: text is handed on up to the last line end, the unfinished rest waits for its
 * end, for `flush`, or until it is too long to wait.
 */
export class LineAssembler {
  readonly #decoder = new StringDecoder('utf8');
  readonly #onText: (text: string) => void;
  #rest = '';

  constructor(onText: (text: string) => void) {
    this.#onText = onText;
  }

  push(bytes: Buffer): void {
    const text = this.#rest + this.#decoder.write(bytes);
    const lineEnd = text.lastIndexOf('\n');
    this.#rest = text.slice(lineEnd + 1);
    if (lineEnd !== -1) this.#emit(text.slice(0, lineEnd));
    if (this.#rest.length > maxFrameBytes) this.flush();
  }

  /** Hands on an unfinished line: nothing will follow, or what follows belongs to somebody else. */
  flush(): void {
    if (this.#rest === '') return;
    const rest = this.#rest;
    this.#rest = '';
    this.#emit(rest);
  }

  #emit(text: string): void {
    this.#onText(text.endsWith('\r') ? text.slice(0, -1) : text);
  }
}
