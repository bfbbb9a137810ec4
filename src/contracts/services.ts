/** Services whose address a configuration can name. */
export const services = ['sqs', 'sns', 's3', 'kinesis', 'dynamodb', 'secretsmanager', 'glue'] as const;
export type Service = (typeof services)[number];
