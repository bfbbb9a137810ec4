import { windowTime, type TumblingWindow } from '../batching/tumbling-window.js';
import type { TumblingWindowCall } from '../../journal/stream-events.js';

/** Lambda's limit for the state of a window, in UTF-8 bytes. */
const maxStateBytes = 1024 * 1024;

const noState = '{}';

/** How far the calls of a window are. */
export interface WindowPhase {
  readonly final: boolean;
  readonly terminatedEarly: boolean;
}

export const inTheMiddle: WindowPhase = { final: false, terminatedEarly: false };

/** A tumbling window that is open on a partition, with the state that goes from call to call. */
export class WindowRun {
  readonly window: TumblingWindow;
  #stateText = noState;
  readonly #place: { readonly partition: string; readonly sourceArn: string };

  constructor(window: TumblingWindow, place: { readonly partition: string; readonly sourceArn: string }) {
    this.window = window;
    this.#place = place;
  }

  /** Takes over the state that a call returned. */
  keep(stateText: string): void {
    this.#stateText = stateText;
  }

  get stateIsTooLarge(): boolean {
    // One UTF-16 unit takes at most three bytes, so that small states are never measured.
    return this.#stateText.length * 3 > maxStateBytes && Buffer.byteLength(this.#stateText) > maxStateBytes;
  }

  /** The fields of the window in an event, as JSON text without braces, with the comma before it. */
  fields({ final, terminatedEarly }: WindowPhase): string {
    const { startMs, endMs } = this.window;
    const { partition, sourceArn } = this.#place;
    const window = JSON.stringify({ start: windowTime(startMs), end: windowTime(endMs) });
    return (
      `,"window":${window},"state":${this.#stateText},"shardId":${JSON.stringify(partition)}` +
      `,"eventSourceARN":${JSON.stringify(sourceArn)}` +
      `,"isFinalInvokeForWindow":${final},"isWindowTerminatedEarly":${terminatedEarly}`
    );
  }

  /** What the fields add to an event, in UTF-8 bytes. */
  get extraBytes(): number {
    return Buffer.byteLength(this.fields(inTheMiddle));
  }

  call({ final, terminatedEarly }: WindowPhase): TumblingWindowCall {
    const { startMs, endMs } = this.window;
    return { start: windowTime(startMs), end: windowTime(endMs), final, terminatedEarly };
  }
}

/** Puts the fields of a window into an event, which is the JSON text of an object that has others. */
export function windowedEvent(eventText: string, window: WindowRun, phase: WindowPhase): string {
  return `${eventText.slice(0, -1)}${window.fields(phase)}}`;
}
