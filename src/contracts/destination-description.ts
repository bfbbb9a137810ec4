/** Kinds of on-failure destinations; each is also the service that is called. */
export type DestinationKind = 'sqs' | 'sns' | 's3';

/** What is known of a kind of destination without its client. */
export interface DestinationDescription {
  readonly kind: DestinationKind;
  /** As sentences name one: "queue failures". */
  readonly noun: string;
  /** What AWS takes of it: "a standard SQS queue". */
  readonly taken: string;
  /** The plural of what AWS does not take although its ARN looks like one; its names end in `.fifo`. */
  readonly refusedFifo?: string;
  /** What its ARN looks like. */
  readonly form: string;
  /** Whether the ARN has a region and an account. */
  readonly isPlaced: boolean;
  /** The names that are legal. */
  readonly names: RegExp;
}
