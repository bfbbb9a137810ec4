interface Address {
  readonly family: 4 | 6;
  readonly value: bigint;
}

const groups = 8;
/** Longer text is no address; also what keeps looking at long strings cheap. */
const longest = 39;

/** An IPv4 or IPv6 address from its text (docs/semantics.md, "Addresses"); undefined for everything else. */
export function parseAddress(text: string): Address | undefined {
  if (text.length > longest) return undefined;
  return text.includes(':') ? parseV6(text) : parseV4(text);
}

function parseV4(text: string): Address | undefined {
  const parts = text.split('.');
  if (parts.length !== 4 || !parts.every((part) => /^\d{1,3}$/.test(part) && Number(part) <= 255)) return undefined;
  return { family: 4, value: parts.reduce((value, part) => (value << 8n) | BigInt(part), 0n) };
}

function parseV6(text: string): Address | undefined {
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const [front = [], back = []] = halves.map((half) => (half === '' ? [] : half.split(':')));
  const given = front.length + back.length;
  if (halves.length === 1 ? given !== groups : given >= groups) return undefined;
  if (![...front, ...back].every((group) => /^[\dA-Fa-f]{1,4}$/.test(group))) return undefined;
  const zeros = Array.from({ length: groups - given }, () => '0');
  const all = [...front, ...zeros, ...back];
  return { family: 6, value: all.reduce((value, group) => (value << 16n) | BigInt(`0x${group}`), 0n) };
}
