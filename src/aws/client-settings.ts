/** Where a service is, and as whom it is asked. */
export interface ServiceReach {
  /** Undefined: as the SDK resolves it, which is AWS. */
  readonly endpoint: string | undefined;
  /** What requests are signed for; ARNs may name another one (`ddblocal`). */
  readonly region: string;
  /** Undefined: as the SDK resolves them. Endpoints that are not AWS get some when there are none: any will do there. */
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string } | undefined;
}

/** What all clients of the AWS SDK are made with. */
export function clientSettings({ endpoint, region, credentials }: ServiceReach) {
  return {
    region,
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(credentials === undefined ? {} : { credentials }),
    // Retrying is the engine's decision: it has states, reasons and a clock of its own, and counts the tries. A
    // conditional write that the SDK repeats by itself would fail on its own first success.
    maxAttempts: 1,
  };
}

const say = (): void => {};
/** The SDK's connections print what is told as a reason already: nothing that is not ours reaches the console. */
const quiet = { trace: say, debug: say, info: say, warn: say, error: say };

/** The connections of a client. `answerMs`: how long a request may stay without an answer. */
export function connectionSettings(answerMs: number) {
  return {
    // The limit of the request covers its connection.
    connectionTimeout: 0,
    requestTimeout: answerMs,
    throwOnRequestTimeout: true,
    logger: quiet,
  };
}

const agent = { keepAlive: true, maxSockets: Number.POSITIVE_INFINITY };

/** For clients of which each batch in hand, shard or lease has a request of its own under way, which keeps a socket. */
export const aSocketForEach = { httpAgent: agent, httpsAgent: agent };
