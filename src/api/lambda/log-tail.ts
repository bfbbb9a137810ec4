import type { InvocationOutcome, LogLine } from '../../functions/lambda-function.js';
import { isoTime, type Clock } from '../../platform/clock.js';

const longestTail = 4 * 1024;

interface LogTailFacts {
  readonly invocationId: string;
  readonly version: string;
  readonly memoryMb: number;
}

/** The end of the log of one invocation, with the lines that Lambda writes around it. Only what is shown is kept. */
export class LogTail {
  readonly #facts: LogTailFacts;
  readonly #clock: Clock;
  #text = '';

  constructor(facts: LogTailFacts, clock: Clock) {
    this.#facts = facts;
    this.#clock = clock;
    this.#add(`START RequestId: ${facts.invocationId} Version: ${facts.version}`);
  }

  readonly line = ({ level, message }: LogLine): void => {
    this.#add([isoTime(this.#clock.now()), this.#facts.invocationId, level.toUpperCase(), message].join('\t'));
  };

  /** The value of `X-Amz-Log-Result`. */
  ended(outcome: Extract<InvocationOutcome, { readonly durationMs: number }>): string {
    const { invocationId, memoryMb } = this.#facts;
    if (outcome.kind === 'failed') {
      const { errorType, errorMessage, trace: stack } = outcome.error;
      this.line({ level: 'error', message: `Invoke Error \t${JSON.stringify({ errorType, errorMessage, stack })}` });
    }
    this.#add(`END RequestId: ${invocationId}`);
    const report = [
      `REPORT RequestId: ${invocationId}`,
      `Duration: ${outcome.durationMs.toFixed(2)} ms`,
      `Billed Duration: ${Math.ceil(outcome.durationMs)} ms`,
      `Memory Size: ${memoryMb} MB`,
    ];
    this.#add(report.join('\t'));
    return lastBytes(this.#text, longestTail).toString('base64');
  }

  #add(line: string): void {
    // A UTF-16 unit takes at least one byte: what is cut off here would not be shown.
    this.#text = `${this.#text}${line}\n`.slice(-longestTail);
  }
}

/** At most so many bytes of the end of a text, never beginning inside of a character. */
function lastBytes(text: string, most: number): Buffer {
  const bytes = Buffer.from(text);
  let start = Math.max(0, bytes.length - most);
  while (start > 0 && start < bytes.length && ((bytes[start] ?? 0) & 0b1100_0000) === 0b1000_0000) start++;
  return bytes.subarray(start);
}
