import type { FunctionSet } from './function-set.js';
import type { LambdaFunction } from './lambda-function.js';

/**
 * A function by its name: every call goes to the code that the name stands for at that moment. A change of the configuration
 * takes effect with the next batch.
 */
export function currentFunction(functions: FunctionSet, name: string, qualifier: string | undefined): LambdaFunction {
  const first = functions.get(name, qualifier);
  return {
    name: first.name,
    get timeoutMs() {
      return timeoutOf(functions, name, qualifier) ?? first.timeoutMs;
    },
    warmUp: () => functions.get(name, qualifier).warmUp(),
    invoke: (request) => {
      const fn = found(functions, name, qualifier);
      if (fn !== undefined) return fn.invoke(request);
      return Promise.resolve({
        kind: 'throttled',
        because: `function ${first.name} is not in the configuration any more`,
      });
    },
  };
}

function timeoutOf(functions: FunctionSet, name: string, qualifier: string | undefined): number | undefined {
  return found(functions, name, qualifier)?.timeoutMs;
}

function found(functions: FunctionSet, name: string, qualifier: string | undefined): LambdaFunction | undefined {
  try {
    return functions.get(name, qualifier);
  } catch {
    return undefined; // it was taken out of the configuration while a mapping of it ends
  }
}
