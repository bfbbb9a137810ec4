/**
 * Counters of records by the names that AWS gives its metrics of event source mappings, since the start. One that AWS does
 * not have for the kind of source is absent.
 */
export interface MappingMetrics {
  /** Records that were read. */
  readonly PolledEventCount: number;
  /** Records that the filter removed. */
  readonly FilteredOutEventCount: number;
  /** Records that were handed to the function; each try counts. */
  readonly InvokedEventCount: number;
  /** Records on which the function failed, those of partial batch responses included; each failure counts. */
  readonly FailedInvokeEventCount: number;
  /** Streams: records that were given up and of which no destination knows. */
  readonly DroppedEventCount?: number;
  /** Streams: records that were given up and reported to the on-failure destination. */
  readonly OnFailureDestinationDeliveredEventCount?: number;
  /** Queues: records that were deleted because they were handled. */
  readonly DeletedEventCount?: number;
}

/** What a mapping says of its newest call, as AWS words it. */
export type ProcessingResult = 'No records processed' | 'OK' | 'PROBLEM: Function call failed';
