import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { main } from '../support/millrace-command.js';
import { patient, workbench } from '../support/workbench.js';

const load = pathToFileURL(path.resolve(path.dirname(main), '../config/load.js')).href;

// Other tests load modules with the test runner, which keeps none; here Node does it.
describe.concurrent('a configuration that is JavaScript', patient, () => {
  const formats = [
    ['millrace.mjs', 'export default'],
    ['other.cjs', 'module.exports ='],
    ['other.js', 'module.exports ='],
  ] as const;
  for (const [name, assigned] of formats) {
    it(`is read anew when it was edited, as ${name}`, async (test) => {
      const project = await workbench(test).project({ mappings: [] });
      await project.write(
        'script.mjs',
        `import { writeFileSync } from 'node:fs';
        import { loadConfiguration } from ${JSON.stringify(load)};
        const read = async (text) => {
          writeFileSync('${name}', '${assigned} ' + text);
          const loading = loadConfiguration('${name}', { env: {} });
          return loading.then(({ region }) => region, ({ code }) => code);
        };
        const seen = [];
        for (const text of ['{ region: "a" }', '{ region: "b" }', '{ region: ', '{ region: "b" }', '{ region: "a" }']) {
          seen.push(await read(text));
        }
        console.log(JSON.stringify({ seen }));`,
      );
      const command = project.node(['script.mjs']);

      expect(await command.exitCode()).toBe(0);
      expect(command.entries).toEqual([{ seen: ['a', 'b', 'CONFIGURATION_INVALID', 'b', 'a'] }]);
    });
  }
});
