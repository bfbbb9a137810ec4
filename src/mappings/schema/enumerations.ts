// Values of the service model, in the order in which AWS lists them in its errors.

export const recordFormats = ['JSON', 'SOURCE'] as const;
export const validationAttributes = ['KEY', 'VALUE'] as const;
export const consumptionModes = ['Stream', 'Queue'] as const;
export const fullDocuments = ['UpdateLookup', 'Default'] as const;
export const metricGroups = ['EventCount', 'ErrorCount', 'KafkaMetrics'] as const;
export const systemLogLevels = ['DEBUG', 'INFO', 'WARN'] as const;
export const endpointTypes = ['KAFKA_BOOTSTRAP_SERVERS'] as const;

export const registryAccessTypes = [
  'BASIC_AUTH',
  'CLIENT_CERTIFICATE_TLS_AUTH',
  'SERVER_ROOT_CA_CERTIFICATE',
  'OAUTHBEARER_AUTH',
] as const;

export const sourceAccessTypes = [
  'BASIC_AUTH',
  'VPC_SUBNET',
  'VPC_SECURITY_GROUP',
  'SASL_SCRAM_512_AUTH',
  'SASL_SCRAM_256_AUTH',
  'VIRTUAL_HOST',
  'CLIENT_CERTIFICATE_TLS_AUTH',
  'SERVER_ROOT_CA_CERTIFICATE',
  'OAUTHBEARER_AUTH',
  'OAUTHBEARER_SCOPE',
  'OAUTHBEARER_AUDIENCE',
  'OAUTHBEARER_LOGICAL_CLUSTER',
  'OAUTHBEARER_IDENTITY_POOL',
  'IAM_AUTH',
  'IAM_OAUTHBEARER_AUTH',
] as const;
