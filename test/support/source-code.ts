import { builtinModules } from 'node:module';
import path from 'node:path';
import { parseAst } from 'rolldown/parseAst';

/** One import of a file, of whatever kind. */
export interface Import {
  /** As it is written: `./clock.js`, `node:fs`, `hono`. */
  readonly specifier: string;
  /** `eager`: loaded with the file itself. `lazy`: when the code gets there. `type`: never. */
  readonly kind: 'eager' | 'lazy' | 'type';
  /** What is imported, by its name there. */
  readonly names: readonly string[] | 'all';
}

/** Something with a name and a length. */
export interface Sized {
  readonly name: string;
  /** From its first line to its last, comments and blank ones included. */
  readonly lines: number;
}

/** What a guard looks at of one file. */
export interface SourceFile {
  /** With forward slashes. */
  readonly file: string;
  readonly imports: readonly Import[];
  /** Names by which other files may import. */
  readonly exports: readonly string[];
  /** Names of its own exports that it uses itself as well. */
  readonly ownUses: ReadonlySet<string>;
  readonly classes: readonly Sized[];
  readonly functions: readonly Sized[];
}

/** A node of the syntax tree. Its further properties are read as they come. */
interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [property: string]: unknown;
}

const functionTypes = new Set(['FunctionDeclaration', 'FunctionExpression', 'ArrowFunctionExpression']);
const classTypes = new Set(['ClassDeclaration', 'ClassExpression']);

export function readSource(file: string, text: string): SourceFile {
  const program = parseAst(text, { lang: 'ts' }, file) as unknown as Node;
  const imports: Import[] = [];
  const exports: string[] = [];
  const identifiers = new Map<string, number>();
  const classes: Sized[] = [];
  const functions: Sized[] = [];
  const sized = (node: Node, name: string): Sized => ({ name, lines: linesOf(text.slice(node.start, node.end)) });
  walk(program, [], (node, parents) => {
    imports.push(...importsOf(node, parents));
    exports.push(...exportsOf(node));
    if (node.type === 'Identifier') identifiers.set(nameOf(node), (identifiers.get(nameOf(node)) ?? 0) + 1);
    if (functionTypes.has(node.type)) functions.push(sized(node, functionName(node, parents)));
    if (classTypes.has(node.type)) classes.push(sized(node, nameOf(node['id'])));
  });
  // Its declaration is one, an export of an imported name as well.
  const ownUses = new Set(exports.filter((name) => (identifiers.get(name) ?? 0) > 1));
  return { file, imports, exports, ownUses, classes, functions };
}

/** The files of ours that a file imports, with the import. */
export function importedFiles({ file, imports }: SourceFile): readonly (Import & { readonly target: string })[] {
  return imports
    .filter(({ specifier }) => specifier.startsWith('.'))
    .map((each) => ({
      ...each,
      target: path.posix.join(path.posix.dirname(file), each.specifier).replace(/\.js$/, '.ts'),
    }));
}

/** Packages that a file loads with itself, without those of Node. */
export function eagerPackages({ imports }: SourceFile): readonly string[] {
  const names = imports
    .filter(({ kind, specifier }) => kind === 'eager' && !/^(?:\.|node:)/.test(specifier))
    .map(({ specifier }) => /^(?:@[^/]+\/)?[^/]+/.exec(specifier)?.[0] ?? specifier);
  return [...new Set(names)].filter((name) => !builtinModules.includes(name));
}

/** Groups of files that import each other, directly or through others; imports of types count as any other. */
export function importCycles(files: readonly SourceFile[]): readonly (readonly string[])[] {
  const targets = new Map(files.map((source) => [source.file, importedFiles(source).map(({ target }) => target)]));
  const reached = new Map(files.map(({ file }) => [file, reachable(file, targets)]));
  const seen = new Set<string>();
  return files.flatMap(({ file }) => {
    if (seen.has(file) || reached.get(file)?.has(file) !== true) return [];
    const group = [...(reached.get(file) ?? [])].filter((other) => reached.get(other)?.has(file) === true).toSorted();
    for (const member of group) seen.add(member);
    return [group];
  });
}

/**
 * Exports that no other file imports, as `file: name`. What only `tests` import has to be used by its own file as well:
 * otherwise nothing but its tests would miss it.
 */
export function unusedExports(files: readonly SourceFile[], tests: readonly SourceFile[] = []): readonly string[] {
  const used = uses(files);
  const tested = uses(tests);
  return files.flatMap(({ file, exports, ownUses }) =>
    exports
      .filter((name) => !isUsed(used, file, name) && !(isUsed(tested, file, name) && ownUses.has(name)))
      .map((name) => `${file}: ${name}`),
  );
}

function isUsed(all: ReadonlySet<string>, file: string, name: string): boolean {
  return all.has(`${file}: ${name}`) || all.has(`${file}: *`);
}

function uses(files: readonly SourceFile[]): ReadonlySet<string> {
  return new Set(
    files.flatMap((source) =>
      importedFiles(source).flatMap(({ target, names }) =>
        names === 'all' ? [`${target}: *`] : names.map((name) => `${target}: ${name}`),
      ),
    ),
  );
}

function reachable(from: string, targets: ReadonlyMap<string, readonly string[]>): ReadonlySet<string> {
  const reached = new Set<string>();
  const waiting = [...(targets.get(from) ?? [])];
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    if (reached.has(file)) continue;
    reached.add(file);
    waiting.push(...(targets.get(file) ?? []));
  }
  return reached;
}

function importsOf(node: Node, parents: readonly Node[]): readonly Import[] {
  switch (node.type) {
    case 'ImportDeclaration':
      return [found(node['source'], node['importKind'] === 'type' ? 'type' : 'eager', importedNames(node))];
    case 'ExportAllDeclaration':
      return [found(node['source'], node['exportKind'] === 'type' ? 'type' : 'eager', 'all')];
    case 'ExportNamedDeclaration': {
      if (node['source'] === null) return [];
      const names = children(node['specifiers']).map((specifier) => nameOf(specifier['local']));
      return [found(node['source'], node['exportKind'] === 'type' ? 'type' : 'eager', names)];
    }
    case 'ImportExpression': {
      const waits = parents.some(({ type }) => functionTypes.has(type));
      return [found(node['source'], waits ? 'lazy' : 'eager', destructured(parents))];
    }
    case 'TSImportType':
      return [found(node['source'], 'type', 'all')];
    default:
      return [];
  }
}

function found(source: unknown, kind: Import['kind'], names: Import['names']): Import {
  const { value } = source as { readonly value?: unknown };
  return { specifier: typeof value === 'string' ? value : '', kind, names };
}

function importedNames(node: Node): Import['names'] {
  const specifiers = children(node['specifiers']);
  if (specifiers.some(({ type }) => type === 'ImportNamespaceSpecifier')) return 'all';
  return specifiers.map((specifier) =>
    specifier.type === 'ImportDefaultSpecifier' ? 'default' : nameOf(specifier['imported']),
  );
}

/** The names of `const { name } = await import(…)`. */
function destructured(parents: readonly Node[]): Import['names'] {
  const declarator = parents.findLast(({ type }) => type !== 'AwaitExpression');
  const pattern = declarator?.type === 'VariableDeclarator' ? (declarator['id'] as Node) : undefined;
  if (pattern?.type !== 'ObjectPattern') return 'all';
  return children(pattern['properties']).map((property) => nameOf(property['key']));
}

function exportsOf(node: Node): readonly string[] {
  if (node.type === 'ExportDefaultDeclaration') return ['default'];
  if (node.type !== 'ExportNamedDeclaration') return [];
  const declaration = node['declaration'] as Node | null;
  if (declaration === null) return children(node['specifiers']).map((specifier) => nameOf(specifier['exported']));
  if (declaration.type !== 'VariableDeclaration') return [nameOf(declaration['id'])];
  return children(declaration['declarations']).map((each) => nameOf(each['id']));
}

function functionName(node: Node, parents: readonly Node[]): string {
  if (node['id'] !== undefined && node['id'] !== null) return nameOf(node['id']);
  const parent = parents.at(-1);
  return nameOf(parent?.['key'] ?? parent?.['id']);
}

function nameOf(node: unknown): string {
  const { name, value } = (node ?? {}) as { readonly name?: unknown; readonly value?: unknown };
  return typeof name === 'string' ? name : typeof value === 'string' ? value : 'without a name';
}

function linesOf(text: string): number {
  return text.split('\n').length;
}

function children(value: unknown): readonly Node[] {
  return (Array.isArray(value) ? value : [value]).filter(
    (each): each is Node => typeof each === 'object' && each !== null && 'type' in each,
  );
}

/** Visits a node before its children; `parents` are the outermost first. */
function walk(node: Node, parents: readonly Node[], visit: (node: Node, parents: readonly Node[]) => void): void {
  visit(node, parents);
  const here = [...parents, node];
  for (const value of Object.values(node)) {
    for (const child of children(value)) walk(child, here, visit);
  }
}
