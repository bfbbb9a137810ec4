/** What a contract suite needs of a test runner; `vitest` has it, and `node:test` as well. */
export interface TestRunner {
  readonly describe: (name: string, body: () => void) => unknown;
  readonly it: TestFunction;
  readonly afterEach: (undo: () => Promise<void>) => unknown;
}

export interface TestFunction {
  (name: string, body: () => Promise<void>): unknown;
  (name: string, options: { readonly skip: boolean }, body: () => Promise<void>): unknown;
}
