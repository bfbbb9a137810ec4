import { cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { startNode, stop } from './processes.mjs';

const packages = fileURLToPath(new URL('node_modules', import.meta.url));

/**
 * Starts `serverless offline start` with one of its plug-ins: version 3 of the framework needs no account. `options` are
 * those of the plug-in beside region, account and credentials, `fn` is the function with its events.
 */
export async function startServerlessOffline({ plugin, options, handlers, fn }) {
  const folder = mkdtempSync(path.join(tmpdir(), 'millrace-bench-'));
  cpSync(handlers, path.join(folder, 'handlers'), { recursive: true });
  symlinkSync(packages, path.join(folder, 'node_modules'));
  writeFileSync(path.join(folder, 'package.json'), '{ "private": true }');
  const [httpPort, lambdaPort] = [await freePort(), await freePort()];
  const service = {
    service: 'bench',
    frameworkVersion: '3',
    provider: { name: 'aws', runtime: 'nodejs20.x', region: 'us-east-1' },
    plugins: [plugin, 'serverless-offline'],
    custom: {
      'serverless-offline': { httpPort, lambdaPort, host: '127.0.0.1', noPrependStageInUrl: true },
      [plugin]: {
        region: 'us-east-1',
        accountId: '000000000000',
        accessKeyId: 'bench',
        secretAccessKey: 'bench',
        ...options,
      },
    },
    functions: { bench: fn },
  };
  writeFileSync(path.join(folder, 'serverless.json'), JSON.stringify(service, undefined, 2));
  const output = path.join(folder, 'output.log');
  const child = startNode([path.join(packages, 'serverless/bin/serverless.js'), 'offline', 'start'], {
    cwd: folder,
    output,
    env: { SLS_TELEMETRY_DISABLED: '1', SLS_NOTIFICATIONS_MODE: 'off', SLS_INTERACTIVE_SETUP_ENABLE: '0', CI: '1' },
  });
  return {
    child,
    folder,
    async stop() {
      await stop(child);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}
