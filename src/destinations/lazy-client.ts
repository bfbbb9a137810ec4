import { serviceError, type ServiceWords } from '../aws/service-error.js';
import type { DestinationReach } from './reach.js';

/** A client that is made for the first call: most mappings never give a batch up. */
export class LazyClient<Client extends { destroy(): void }> {
  readonly #create: () => Promise<Client>;
  readonly #words: ServiceWords;
  #client: Promise<Client> | undefined;

  constructor(
    create: () => Promise<Client>,
    { endpoint, region }: DestinationReach,
    words: Omit<ServiceWords, 'address'>,
  ) {
    this.#create = create;
    this.#words = { ...words, address: endpoint ?? `${words.service} in ${region}` };
  }

  /** Rejects with a `SourceError`. */
  async call(work: (client: Client) => Promise<void>): Promise<void> {
    try {
      await work(await (this.#client ??= this.#create()));
    } catch (error) {
      throw serviceError(error, this.#words);
    }
  }

  async close(): Promise<void> {
    const client = await this.#client?.catch(() => undefined);
    client?.destroy();
    this.#client = undefined;
  }
}
