import net from 'node:net';

/** A TCP connection to a server that can be cut, refused, or fall silent. */
export class FaultProxy {
  /** Resets every new connection at once. */
  refuse = false;
  /** Takes everything and passes nothing on: whoever asks gets no answer. */
  silent = false;
  readonly #server: net.Server;
  readonly #sockets = new Set<net.Socket>();

  private constructor(server: net.Server) {
    this.#server = server;
  }

  static async start(to: string): Promise<FaultProxy> {
    const { hostname, port } = new URL(to);
    const server = net.createServer((client) => proxy.#connect(client, Number(port), hostname));
    const proxy = new FaultProxy(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as net.AddressInfo).port}`;
  }

  /** Connections that are open, on either side. */
  get connections(): number {
    return this.#sockets.size;
  }

  /** Cuts every connection, in the middle of whatever is on it. */
  cut(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  async close(): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #connect(client: net.Socket, port: number, hostname: string): void {
    if (this.refuse) {
      client.on('error', () => {}).resetAndDestroy();
      return;
    }
    const server = net.connect(port, hostname);
    for (const [from, to] of [
      [client, server],
      [server, client],
    ] as const) {
      this.#sockets.add(from);
      from.on('data', (chunk) => {
        if (!this.silent) to.write(chunk);
      });
      from.on('error', () => {}); // `close` follows
      from.on('close', () => {
        this.#sockets.delete(from);
        to.destroy();
      });
    }
  }
}
