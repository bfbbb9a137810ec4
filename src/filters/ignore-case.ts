/** The spellings that each character of an operand may have in a value: as it is, in lower case, in upper case. */
type Spellings = readonly (readonly string[])[];

/**
 * Text that is compared without regard to case: only the operand is folded, character by character, and one character
 * may become several (docs/semantics.md, "Ignoring case").
 */
export class CaselessText {
  readonly #spellings: Spellings;

  constructor(operand: string) {
    this.#spellings = Array.from(operand, (character) => [
      ...new Set([character.toLowerCase(), character.toUpperCase(), ...(isTitleCase(character) ? [character] : [])]),
    ]);
  }

  equals(value: string): boolean {
    return this.#consume(value) === value.length;
  }

  startsWith(value: string): boolean {
    return this.#consume(value) !== -1;
  }

  endsWith(value: string): boolean {
    let end = value.length;
    for (let index = this.#spellings.length - 1; index >= 0; index--) {
      const spelling = this.#spellings[index]?.find((each) => value.endsWith(each, end));
      if (spelling === undefined) return false;
      end -= spelling.length;
    }
    return true;
  }

  /** Where the operand ends in the value, or -1. The spellings of a character begin differently: one of them fits at most. */
  #consume(value: string): number {
    let at = 0;
    for (const spellings of this.#spellings) {
      const spelling = spellings.find((each) => value.startsWith(each, at));
      if (spelling === undefined) return -1;
      at += spelling.length;
    }
    return at;
  }
}

/** Letters such as "ǅ" are neither of their cases. */
function isTitleCase(character: string): boolean {
  return /^\p{Lt}$/u.test(character);
}
