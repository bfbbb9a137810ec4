/**
 * Why a record was given up, as AWS names it to on-failure destinations (docs/semantics.md, "On-failure destinations").
 *
 * - `RetryAttemptsExhausted`: its calls failed as often as they may
 * - `RecordAgeExceeded`: it was too old to be delivered
 * - `MaximumPayloadSizeExceeded`: it is too large for any event
 * - `SCHEMA_NOT_FOUND`, `DESERIALIZATION_ERROR`: a schema registry does not know its schema, or it does not fit it
 */
const failureConditions = [
  'RetryAttemptsExhausted',
  'RecordAgeExceeded',
  'MaximumPayloadSizeExceeded',
  'SCHEMA_NOT_FOUND',
  'DESERIALIZATION_ERROR',
] as const;

export type FailureCondition = (typeof failureConditions)[number];
