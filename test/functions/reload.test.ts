import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { FunctionStateEvent, JournalEvent } from '../../src/journal/events.js';
import { temporaryFolder } from './temporary-folder.js';
import { answer, call, failure, world, type FunctionWorld } from './world.js';

/** A project whose handler answers with what it imports. */
interface Project {
  readonly root: string;
  readonly write: (file: string, text: string) => void;
}

function project(type: 'module' | 'commonjs', files: Readonly<Record<string, string>>): Project {
  const root = temporaryFolder();
  const write = (file: string, text: string): void => {
    mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
    writeFileSync(path.join(root, file), text);
  };
  write('package.json', JSON.stringify({ type }));
  for (const [file, text] of Object.entries(files)) write(file, text);
  return { root, write };
}

const modules = {
  'orders.js': `import { price } from './lib/price.js';\nexport const handler = async () => price;`,
  'lib/price.js': `export { price } from './deep/number.js';`,
  'lib/deep/number.js': 'export const price = 1;',
};

function watched(root: string, handler = 'orders.handler'): FunctionWorld {
  return world([{ root, handler }], { watch: true });
}

function states(events: readonly JournalEvent[]): readonly FunctionStateEvent[] {
  return events.filter((event) => event.type === 'function-state');
}

const isState = (state: FunctionStateEvent['state'], count = 1) => {
  let seen = 0;
  return (event: JournalEvent): boolean => event.type === 'function-state' && event.state === state && ++seen >= count;
};

describe('a change', () => {
  const kinds: readonly {
    it: string;
    type: 'module' | 'commonjs';
    files: Readonly<Record<string, string>>;
    change: readonly [string, string];
    handler?: string;
  }[] = [
    {
      it: 'of the handler file',
      type: 'module',
      files: modules,
      change: ['orders.js', 'export const handler = async () => 2;'],
    },
    {
      it: 'of a file that the handler imports through others',
      type: 'module',
      files: modules,
      change: ['lib/deep/number.js', 'export const price = 2;'],
    },
    {
      it: 'of a file that is required',
      type: 'commonjs',
      files: {
        'orders.js': `const { price } = require('./lib/price');\nexports.handler = async () => price;`,
        'lib/price.js': 'exports.price = 1;',
      },
      change: ['lib/price.js', 'exports.price = 2;'],
    },
    {
      it: 'of TypeScript',
      type: 'module',
      files: {
        'orders.ts': `import { price } from './lib/price.js';\nexport const handler = async () => price;`,
        'lib/price.ts': 'export const price: number = 1;',
      },
      change: ['lib/price.ts', 'export const price: number = 2;'],
    },
    {
      it: 'of TypeScript in a CommonJS package',
      type: 'commonjs',
      files: {
        'orders.ts': `import { price } from './lib/price.js';\nexport const handler = async () => price;`,
        'lib/price.ts': 'export const price: number = 1;',
      },
      change: ['lib/price.ts', 'export const price: number = 2;'],
    },
    {
      it: 'of a file that is imported only during a call',
      type: 'module',
      files: {
        'orders.js': `export const handler = async () => (await import('./late.js')).price;`,
        'late.js': 'export const price = 1;',
      },
      change: ['late.js', 'export const price = 2;'],
    },
  ];
  for (const { it: title, type, files, change } of kinds) {
    it(`${title} is in the next call`, async () => {
      const { root, write } = project(type, files);
      const { fn, event } = watched(root);
      expect(await answer(fn)).toBe(1);

      write(...change);
      const { because } = (await event(isState('reloaded'))) as FunctionStateEvent;

      expect(because).toMatch(new RegExp(`^${change[0]} changed; loaded in \\d+ ms$`));
      expect(await answer(fn)).toBe(2);
    });
  }

  it('does not disturb the call that runs', async () => {
    const { root, write } = project('module', {
      'orders.js': `export const handler = async ({ ms }) => {
        console.log('running');
        await new Promise((resolve) => { setTimeout(resolve, ms); });
        return 'old';
      };`,
    });
    const { fn, event } = watched(root);
    await answer(fn, { ms: 0 });

    const running = answer(fn, { ms: 1_500 });
    write('orders.js', `export const handler = async () => 'new';`);
    await event(isState('reloaded'));

    expect(await answer(fn, {})).toBe('new');
    expect(await running).toBe('old');
    expect([await answer(fn, {}), await answer(fn, {})], 'the old code is not used again').toEqual(['new', 'new']);
  });

  it('by an editor that replaces the file is noticed, each time', async () => {
    const { root, write } = project('module', modules);
    const { fn, event } = watched(root);
    await answer(fn);

    for (const price of [2, 3]) {
      write('lib/deep/number.js~', `export const price = ${price};`);
      renameSync(path.join(root, 'lib/deep/number.js~'), path.join(root, 'lib/deep/number.js'));
      await event(isState('reloaded', price - 1));
      expect(await answer(fn)).toBe(price);
    }
  });

  it('of many files at once is one reload', async () => {
    const { root, write } = project('module', modules);
    const { fn, event, events } = watched(root);
    await answer(fn);

    write('lib/deep/number.js', 'export const price = 5;');
    write('lib/price.js', `export { price } from './deep/number.js'; // again`);
    write('orders.js', modules['orders.js'] + ' // again');
    const { because } = (await event(isState('reloaded'))) as FunctionStateEvent;

    expect(because).toMatch(/ and 2 more changed; loaded in \d+ ms$/);
    expect(await answer(fn)).toBe(5);
    expect(states(events).map(({ state }) => state)).toEqual(['loading', 'ready', 'reloaded']);
  });

  it('of a file that is not part of the code does nothing', async () => {
    const { root, write } = project('module', { ...modules, 'lib/other.js': 'export {};' });
    const { fn, event, events } = watched(root);
    await answer(fn);

    write('lib/other.js', 'export const other = 1;');
    write('lib/new.js', 'export const other = 1;');
    write('orders.js', 'export const handler = async () => 2;');
    await event(isState('reloaded'));

    expect(states(events).at(-1)?.because).toMatch(/^orders\.js changed;/);
  });

  it('makes calls wait for the new code', async () => {
    const { root, write } = project('module', modules);
    const { fn, event } = watched(root);
    await answer(fn);

    write('lib/deep/number.js', 'export const price = 2;');
    await event(isState('reloaded'));
    const answers = await Promise.all([answer(fn), answer(fn), answer(fn)]);

    expect(answers).toEqual([2, 2, 2]);
  });
});

describe('code that stops loading', () => {
  it('is told, and loads again when it is mended', async () => {
    const { root, write } = project('module', modules);
    const { fn, event } = watched(root);
    await answer(fn);

    write('lib/deep/number.js', 'export const price = ;');
    const failed = (await event(isState('failed'))) as FunctionStateEvent;
    expect(failed.because).toMatch(/^lib\/deep\/number\.js changed; Runtime\.UserCodeSyntaxError: SyntaxError/);
    expect((await failure(fn)).errorType).toBe('Runtime.UserCodeSyntaxError');

    write('lib/deep/number.js', 'export const price = 3;');
    await event(isState('reloaded'));

    expect(await answer(fn)).toBe(3);
  });

  it('from the start loads when what is missing appears anywhere in the project', async () => {
    const { root, write } = project('module', { 'orders.js': modules['orders.js'] });
    const { fn, event } = watched(root);
    expect((await failure(fn)).errorType).toBe('Runtime.ImportModuleError');

    write('lib/price.js', 'export const price = 7;');
    await event(isState('reloaded'));

    expect(await answer(fn)).toBe(7);
  });

  it('because a file is deleted loads when it is back', async () => {
    const { root, write } = project('module', modules);
    const { fn, event } = watched(root);
    await answer(fn);

    rmSync(path.join(root, 'lib/price.js'));
    await event(isState('failed'));
    write('lib/price.js', 'export const price = 8;');
    await event(isState('reloaded'));

    expect(await answer(fn)).toBe(8);
  });
});

describe('watching', () => {
  it('does not keep the event loop of a handler alive', async () => {
    const { fn } = world([{ handler: 'errors.neverSettles' }], { watch: true });

    expect((await failure(fn)).errorType).toBe('Runtime.NodeJsExit');
  });
});

describe('without watching', () => {
  it('a change does nothing', async () => {
    const { root, write } = project('module', modules);
    const { fn } = world([{ root, handler: 'orders.handler' }]);
    await answer(fn);

    write('orders.js', 'export const handler = async () => 2;');

    expect(await answer(fn)).toBe(1);
  });
});

describe('closing while watching', () => {
  it('leaves nothing behind', async () => {
    const { root, write } = project('module', modules);
    const { fn, functions } = watched(root);
    await answer(fn);

    write('orders.js', 'export const handler = async () => 2;');
    await functions.close();

    expect((await call(fn)).outcome.kind).toBe('throttled');
    await expect.poll(() => kept(), { timeout: 5_000 }).toEqual([]);
  });
});

beforeEach(() => vi.waitUntil(() => kept().length === 0, { timeout: 5_000 }));

/** What would keep this process alive, of the kinds that watching and running functions use. */
function kept(): readonly string[] {
  const mine = new Set(['ProcessWrap', 'FSEventWrap', 'StatWatcher']);
  return process.getActiveResourcesInfo().filter((kind) => mine.has(kind));
}
