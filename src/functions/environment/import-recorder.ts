import type { InitializeHook, LoadHook } from 'node:module';
import type { MessagePort } from 'node:worker_threads';

// Runs on Node's loader thread and tells `LoadedFiles` about each file that is imported.

let port: MessagePort | undefined;

export const initialize: InitializeHook<{ readonly port: MessagePort }> = (data) => {
  port = data.port;
  port.unref();
};

export const load: LoadHook = (url, context, nextLoad) => {
  if (url.startsWith('file:')) port?.postMessage(url);
  return nextLoad(url, context);
};
