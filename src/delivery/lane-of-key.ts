/**
 * Which of several lanes the records of a key go through: the same one always, on every machine (FNV-1a). AWS does not
 * publish its own.
 */
export function laneOfKey(key: string, lanes: number): number {
  if (lanes === 1) return 0;
  let hash = 0x811c9dc5;
  for (let index = 0; index < key.length; index++) {
    hash ^= key.charCodeAt(index);
    hash = Math.imul(hash, 0x01000193);
  }
  return (hash >>> 0) % lanes;
}
