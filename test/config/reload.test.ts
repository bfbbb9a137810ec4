import { utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Configuration } from '../../src/config/configuration.js';
import { loadConfiguration } from '../../src/config/load.js';
import { temporaryFolders } from './temporary-folder.js';

const folder = temporaryFolders();

const load = (file: string): Promise<Configuration> => loadConfiguration(file, { env: {} });

/** A file that is edited so that not even its time tells: as fast as a script edits, and version control restores. */
function write(file: string, text: string): void {
  writeFileSync(file, text);
  utimesSync(file, 1_000_000, 1_000_000);
}

interface Format {
  readonly name: string;
  readonly text: (region: string) => string;
  readonly broken: string;
}

const formats: readonly Format[] = [
  { name: 'other.js', text: (region) => `module.exports = { region: '${region}' };`, broken: 'module.exports = {' },
  { name: 'other.cjs', text: (region) => `module.exports = { region: '${region}' };`, broken: 'module.exports = {' },
  { name: 'millrace.yaml', text: (region) => `region: ${region}\n`, broken: 'region: "us\n' },
  { name: 'millrace.json', text: (region) => `{ "region": "${region}" }`, broken: '{ "region": ' },
  { name: 'millrace.mjs', text: (region) => `export default { region: '${region}' };`, broken: 'export default {' },
  {
    name: 'millrace.ts',
    text: (region) => `const region: string = '${region}'; export default { region };`,
    broken: 'export default {',
  },
  {
    name: 'other.cts',
    text: (region) => `const region: string = '${region}'; export default { region };`,
    broken: 'export default {',
  },
];

describe.each(formats)('a configuration that is $name', ({ name, text, broken }) => {
  it('is read anew when it was edited', async () => {
    const file = path.join(await folder(), name);

    for (const region of ['eu-west-1', 'eu-west-2', 'eu-west-1']) {
      write(file, text(region));
      expect((await load(file)).region).toBe(region);
    }
  });

  it('with a mistake in its syntax is refused, each time, and read when that is mended', async () => {
    const file = path.join(await folder(), name);
    write(file, text('eu-west-1'));
    await load(file);

    write(file, broken);
    const refused = new RegExp(`${name.replace('.', '\\.')}.*(?:is not valid|could not be loaded: )`);
    await expect(load(file)).rejects.toThrow(refused);
    await expect(load(file)).rejects.toThrow(refused);
    write(file, text('eu-west-2'));

    expect((await load(file)).region).toBe('eu-west-2');
  });
});

describe.each(['mjs', 'ts', 'cjs'])('a module of %s', (extension) => {
  const assigned = extension === 'cjs' ? 'module.exports =' : 'export default';

  it('that fails is evaluated again, as it is', async () => {
    const file = path.join(await folder(), `millrace.${extension}`);
    write(
      file,
      `globalThis.tries = (globalThis.tries ?? 0) + 1;
       if (globalThis.tries % 2 === 1) throw new Error('no database');
       ${assigned} { region: 'eu-west-1' };`,
    );

    await expect(load(file)).rejects.toThrow('could not be loaded: no database');

    expect((await load(file)).region).toBe('eu-west-1');
  });

  it('that was not edited gives the same handlers and sources', async () => {
    const where = await folder();
    write(
      path.join(where, `lines.${extension}`),
      `${assigned} { name: 'lines', kind: 'queue', open() { throw new Error('not opened here'); } };`,
    );
    const file = path.join(where, `millrace.${extension}`);
    write(file, `${assigned} { functions: { f: { handler: () => 1 } }, sources: ['./lines.${extension}'] };`);

    const [first, second] = [await load(file), await load(file)];

    expect(second.functions.get('f')).toEqual(first.functions.get('f'));
    expect(second.sources.get('lines')).toBe(first.sources.get('lines'));
  });

  it('that is a source and was edited gives another one', async () => {
    const where = await folder({ 'millrace.yaml': `sources: ['./lines.${extension}']\n` });
    const source = path.join(where, `lines.${extension}`);
    const text = `${assigned} { name: 'lines', kind: 'queue', open() { throw new Error('not opened here'); } };`;
    write(source, text);
    const first = await load(where);

    write(source, `${text}\n`);

    expect((await load(where)).sources.get('lines')).not.toBe(first.sources.get('lines'));
  });
});
