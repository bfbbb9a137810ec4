import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';

/** Whether somebody listens there. */
export function connects(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port }, () => {
      socket.destroy();
      resolve(true);
    }).once('error', () => resolve(false));
  });
}

/** Of all addresses of this machine, loopback included, those at which somebody listens. */
export async function addressesOf(port: number): Promise<readonly string[]> {
  const all = Object.values(networkInterfaces()).flatMap((list = []) => list);
  const hosts = all.filter(({ family }) => family === 'IPv4').map(({ address }) => address);
  const open = await Promise.all(hosts.map(async (host) => ((await connects(host, port)) ? [host] : [])));
  return open.flat();
}
