/** From the Lambda developer guide, "Event source mapping parameters"; columns in the order of `sourceTypes`. */
const guide = `
  FunctionName                        R R R R R R R R
  EventSourceArn                      R R R R - R R R
  Enabled                             x x x x x x x x
  BatchSize                           x x x x x x x x
  MaximumBatchingWindowInSeconds      x x x x x x x x
  StartingPosition                    - R R x x - - x
  StartingPositionTimestamp           - x - x x - - x
  FilterCriteria                      x x x x x x x -
  KMSKeyArn                           x x x x x x x -
  FunctionResponseTypes               x x x p p - - -
  ScalingConfig                       x - - - - - - -
  ProvisionedPollerConfig             x - - x x - - -
  ParallelizationFactor               - x x - - - - -
  BisectBatchOnFunctionError          - x x p p - - -
  MaximumRecordAgeInSeconds           - x x p p - - -
  MaximumRetryAttempts                - x x p p - - -
  TumblingWindowInSeconds             - x x - - - - -
  DestinationConfig                   - x x x x - - -
  Topics                              - - - R R - - -
  Queues                              - - - - - R R -
  SelfManagedEventSource              - - - - R - - -
  SourceAccessConfigurations          - - - x R R R R
  AmazonManagedKafkaEventSourceConfig - - - x - - - -
  SelfManagedKafkaEventSourceConfig   - - - - x - - -
  DocumentDBEventSourceConfig         - - - - - - - R
  MetricsConfig                       x x x p p - - -
  LoggingConfig                       - - - p p - - -
  Tags                                x x x x x x x x`;

/** Its rows: the parameter and what the sources make of it. */
export const guideRows: readonly (readonly [string, ...string[]])[] = guide
  .trim()
  .split('\n')
  .map((line) => {
    const [name = '', ...accepted] = line.trim().split(/\s+/);
    return [name, ...accepted];
  });
