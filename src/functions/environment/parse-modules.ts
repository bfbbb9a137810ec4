import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { SourceTextModule } from 'node:vm';

// The script behind `findSyntaxError`: parses a module and what it imports by relative path, and ends with the first
// mistake. It must not catch it: only at the end of a process does Node say where the mistake is.

const seen = new Set<string>();
const queue = [path.resolve(process.argv[2] ?? '')];
for (let file = queue.shift(); file !== undefined; file = queue.shift()) {
  if (seen.has(file)) continue;
  seen.add(file);
  queue.push(...importsOf(file));
}

function importsOf(file: string): readonly string[] {
  if (!/\.m?js$/.test(file) || !existsSync(file)) return []; // a missing file is not the mistake that is looked for
  const module = new SourceTextModule(readFileSync(file, 'utf8'), { identifier: file });
  return module.dependencySpecifiers
    .filter((specifier) => /^\.{0,2}\//.test(specifier))
    .map((specifier) => fileURLToPath(new URL(specifier, pathToFileURL(file))));
}
