import type { ConfigurationInput } from '../../src/config/input.js';
import type { StubChange } from '../fakes/dynamodb-streams-wire.js';
import type { MillraceCommand } from './millrace-command.js';
import { tableArn } from './workbench.js';

type Attributes = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** A record as a handler gets it. */
export interface DynamoDbEventRecord {
  readonly eventID: string;
  readonly eventName: string;
  readonly eventSourceARN: string;
  readonly userIdentity?: Readonly<Record<string, unknown>>;
  readonly dynamodb: {
    readonly ApproximateCreationDateTime: number;
    readonly Keys: Attributes;
    readonly NewImage?: Attributes;
    readonly OldImage?: Attributes;
    readonly SequenceNumber: string;
    readonly SizeBytes: number;
    readonly StreamViewType: string;
  };
}

/** The records of each call of a mapping, in order. */
export function dynamoDbEvents(command: MillraceCommand, mapping: string): readonly (readonly DynamoDbEventRecord[])[] {
  return command.events(mapping).map(({ Records }) => Records as unknown as readonly DynamoDbEventRecord[]);
}

/** The keys `id` of the records of each call. */
export function keysOfCalls(command: MillraceCommand, mapping: string): readonly (readonly string[])[] {
  return dynamoDbEvents(command, mapping).map((records) => records.map(keyOf));
}

/** The sequence numbers of the records of each call. */
export function sequencesOfCalls(command: MillraceCommand, mapping: string): readonly (readonly string[])[] {
  return dynamoDbEvents(command, mapping).map((records) => records.map(({ dynamodb }) => dynamodb.SequenceNumber));
}

export const keyOf = ({ dynamodb }: DynamoDbEventRecord): string => String(dynamodb.Keys['id']?.['S']);

/** A mapping of the table `orders`, whose handler does what it is told. */
export function ordersTable(dynamodb: string, more: object = {}): ConfigurationInput {
  return {
    functions: { works: { Handler: 'handlers/dynamodb.handler', Timeout: 60 } },
    mappings: [
      { FunctionName: 'works', EventSourceArn: tableArn('orders'), StartingPosition: 'TRIM_HORIZON', ...more },
    ],
    endpoints: { dynamodb },
  };
}

/** The keys of all that was delivered from the table `orders`, in order. */
export const keys = (command: MillraceCommand): readonly string[] => keysOfCalls(command, 'orders').flat();

/** Changes of items with these keys, for the stub. */
export const changes = (...ids: readonly string[]): readonly StubChange[] => ids.map((id) => ({ id }));

/** A change that tells the handler what to do. */
export const told = (id: string, what: object): StubChange => ({
  id,
  change: { NewImage: { told: { S: JSON.stringify(what) } } },
});
