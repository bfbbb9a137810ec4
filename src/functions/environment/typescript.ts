import path from 'node:path';
import { findUp } from './handler-path.js';

/** Makes TypeScript loadable in this process. The nearest tsconfig.json upwards from the handler decides about `paths`. */
export async function loadTypeScript(file: string): Promise<void> {
  const given = process.env['TSX_TSCONFIG_PATH'];
  const tsconfig = given ?? findUp('tsconfig.json', path.dirname(file));
  // The CommonJS half of tsx takes the path from the environment only, and reads it while it registers.
  if (tsconfig !== undefined) process.env['TSX_TSCONFIG_PATH'] = tsconfig;
  try {
    const [commonjs, module] = await Promise.all([import('tsx/cjs/api'), import('tsx/esm/api')]);
    commonjs.register();
    module.register(tsconfig === undefined ? {} : { tsconfig });
  } finally {
    if (given === undefined) delete process.env['TSX_TSCONFIG_PATH'];
  }
}
