/**
 * Whether text consists of the pieces in this order, with anything between them. Linear in the length of the text for
 * each piece: the leftmost place for a piece is always as good as any other.
 */
export function matchesWildcard(pieces: readonly string[], text: string): boolean {
  const first = pieces[0] ?? '';
  const last = pieces.at(-1) ?? '';
  if (pieces.length === 1) return text === first;
  if (text.length < first.length + last.length || !text.startsWith(first) || !text.endsWith(last)) return false;
  const end = text.length - last.length;
  let from = first.length;
  for (let index = 1; index < pieces.length - 1; index++) {
    const piece = pieces[index] ?? '';
    const at = indexOf(text, piece, from);
    if (at === -1 || at + piece.length > end) return false;
    from = at + piece.length;
  }
  return from <= end;
}

/** What is searched, character by character. */
interface Characters {
  readonly length: number;
  charCodeAt(index: number): number;
}

/** Up to this product of lengths, the engine's own search is fast whatever the text. */
const quickWork = 1_000_000;

function indexOf(text: string, piece: string, from: number): number {
  return (text.length - from) * piece.length <= quickWork
    ? text.indexOf(piece, from)
    : linearIndexOf(text, piece, from);
}

/** Knuth, Morris and Pratt's search: at most twice as many comparisons as there are characters, also in repetitive text. */
export function linearIndexOf(text: Characters, piece: string, from: number): number {
  const borders = bordersOf(piece);
  let matched = 0;
  for (let at = from; at < text.length; at++) {
    const character = text.charCodeAt(at);
    while (matched > 0 && piece.charCodeAt(matched) !== character) matched = borders[matched - 1] ?? 0;
    if (piece.charCodeAt(matched) === character) matched++;
    if (matched === piece.length) return at - piece.length + 1;
  }
  return -1;
}

/** For each length of a beginning of the piece, the length of its longest border: a beginning that is also its end. */
function bordersOf(piece: string): Uint32Array {
  const borders = new Uint32Array(piece.length);
  let length = 0;
  for (let at = 1; at < piece.length; at++) {
    while (length > 0 && piece[at] !== piece[length]) length = borders[length - 1] ?? 0;
    if (piece[at] === piece[length]) length++;
    borders[at] = length;
  }
  return borders;
}
