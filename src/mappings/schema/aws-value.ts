import { withoutPassword } from './problem.js';

/** Where AWS writes out whatever it was sent, an answer of megabytes helps nobody. */
const longest = 256;
/** Deeper than any parameter that is written. */
const deepest = 5;

/** A value as AWS writes it into a validation error: texts bare, `[a, b]`, `{key=value}`; long ones are cut. */
export function awsValue(value: unknown): string {
  return cut(written(value, 0));
}

function written(value: unknown, depth: number): string {
  if (typeof value === 'string') return withoutPassword(value);
  if (typeof value !== 'object' || value === null) return String(value);
  if (depth > deepest) return '…';
  const write = (part: unknown): string => written(part, depth + 1);
  if (Array.isArray(value)) return `[${joined(value, write)}]`;
  return `{${joined(Object.entries(value), ([key, part]) => `${key}=${write(part)}`)}}`;
}

/** As much as will be shown of it. */
function joined<T>(parts: readonly T[], write: (part: T) => string): string {
  let text = '';
  for (const [index, part] of parts.entries()) {
    if (text.length > longest) break;
    text += `${index === 0 ? '' : ', '}${cut(write(part))}`;
  }
  return text;
}

function cut(text: string): string {
  return text.length <= longest ? text : `${text.slice(0, longest)}…`;
}
