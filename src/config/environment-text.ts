/** The outcome of replacing `${NAME}` in a text. */
type Replaced =
  | { readonly kind: 'unchanged' }
  | {
      readonly kind: 'replaced';
      readonly text: string;
      /** False for `$${`, which only writes a `${`. */ readonly fromEnvironment: boolean;
    }
  | { readonly kind: 'refused'; readonly message: string };

export type Environment = Readonly<Record<string, string | undefined>>;

const reference = /\$\$\{|\$\{(?<name>[A-Za-z_]\w*)\}|(?<broken>\$\{)/g;

/** Replaces every `${NAME}` from the environment; `$${` stands for a literal `${`. */
export function replaceVariables(text: string, env: Environment): Replaced {
  const matches = [...text.matchAll(reference)];
  if (matches.length === 0) return { kind: 'unchanged' };
  if (matches.some((match) => match.groups?.['broken'] !== undefined)) {
    return { kind: 'refused', message: 'has a "${" that is not part of ${NAME}; a literal "${" is written "$${"' };
  }
  const names = matches.flatMap((match) => match.groups?.['name'] ?? []);
  const unset = [...new Set(names)].filter((name) => env[name] === undefined);
  if (unset.length > 0) return { kind: 'refused', message: unsetMessage(unset) };
  const replaced = text.replace(reference, (_, name?: string) => (name === undefined ? '${' : (env[name] ?? '')));
  return { kind: 'replaced', text: replaced, fromEnvironment: names.length > 0 };
}

function unsetMessage(names: readonly string[]): string {
  const list = names.map((name) => `\${${name}}`).join(' and ');
  return `needs ${list}, which ${names.length === 1 ? 'is' : 'are'} not set in the environment; set ${names.length === 1 ? 'it' : 'them'}, or write "$\${" for a literal "\${"`;
}

/** Reads a text as an unquoted scalar of a file: numbers and booleans are what they look like. */
export function typed(text: string): string | number | boolean {
  if (text === 'true' || text === 'false') return text === 'true';
  if (!/^-?(?:0|[1-9]\d*)(?:\.\d+)?$/.test(text)) return text;
  const number = Number(text);
  return Number.isInteger(number) && !Number.isSafeInteger(number) ? text : number;
}
