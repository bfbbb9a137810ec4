/** "1 record", "3 records". */
export function counted(count: number, noun: string): string {
  return `${count.toLocaleString('en-US')} ${noun}${count === 1 ? '' : 's'}`;
}

const uuid = /^[\da-f]{8}-[\da-f]{4}-/i;
const longestWholeId = 24;

/** An id that fits into a line. UUIDs keep their beginning, which commands accept; sequence numbers differ at the end. */
export function shortId(id: string): string {
  if (uuid.test(id)) return id.slice(0, 8);
  return id.length <= longestWholeId ? id : `${id.slice(0, 8)}…${id.slice(-8)}`;
}

export function shortIds(ids: readonly string[], most = 3): string {
  const shown = ids.slice(0, most).map(shortId).join(', ');
  return ids.length > most ? `${shown} and ${(ids.length - most).toLocaleString('en-US')} more` : shown;
}

/** Cuts a text and says so. */
export function cut(text: string, longest: number): string {
  if (text.length <= longest) return text;
  return `${text.slice(0, longest)}… (cut: ${text.length.toLocaleString('en-US')} characters)`;
}
