/** An operation of the Lambda API that there is no use for where functions come from a file. */
interface UnsupportedOperation {
  readonly method: string;
  readonly path: string;
  readonly operation: string;
}

type Operations = Readonly<Partial<Record<'GET' | 'POST' | 'PUT' | 'DELETE', string>>>;

/** Everything in the service model of Lambda but for mappings, their tags, and what functions.ts answers. */
const byPath: Readonly<Record<string, Operations>> = {
  '/2016-08-19/account-settings': { GET: 'GetAccountSettings' },
  '/2025-11-30/capacity-providers': { GET: 'ListCapacityProviders', POST: 'CreateCapacityProvider' },
  '/2025-11-30/capacity-providers/:capacityProviderName': {
    DELETE: 'DeleteCapacityProvider',
    GET: 'GetCapacityProvider',
    PUT: 'UpdateCapacityProvider',
  },
  '/2025-11-30/capacity-providers/:capacityProviderName/function-versions': {
    GET: 'ListFunctionVersionsByCapacityProvider',
  },
  '/2020-04-22/code-signing-configs': { GET: 'ListCodeSigningConfigs', POST: 'CreateCodeSigningConfig' },
  '/2020-04-22/code-signing-configs/:codeSigningConfigArn': {
    DELETE: 'DeleteCodeSigningConfig',
    GET: 'GetCodeSigningConfig',
    PUT: 'UpdateCodeSigningConfig',
  },
  '/2020-04-22/code-signing-configs/:codeSigningConfigArn/functions': { GET: 'ListFunctionsByCodeSigningConfig' },
  '/2025-12-01/durable-execution-callbacks/:callbackId/fail': { POST: 'SendDurableExecutionCallbackFailure' },
  '/2025-12-01/durable-execution-callbacks/:callbackId/heartbeat': { POST: 'SendDurableExecutionCallbackHeartbeat' },
  '/2025-12-01/durable-execution-callbacks/:callbackId/succeed': { POST: 'SendDurableExecutionCallbackSuccess' },
  '/2025-12-01/durable-executions/:durableExecutionArn': { GET: 'GetDurableExecution' },
  '/2025-12-01/durable-executions/:durableExecutionArn/checkpoint': { POST: 'CheckpointDurableExecution' },
  '/2025-12-01/durable-executions/:durableExecutionArn/history': { GET: 'GetDurableExecutionHistory' },
  '/2025-12-01/durable-executions/:durableExecutionArn/state': { GET: 'GetDurableExecutionState' },
  '/2025-12-01/durable-executions/:durableExecutionArn/stop': { POST: 'StopDurableExecution' },
  '/2015-03-31/functions': { POST: 'CreateFunction' },
  '/2015-03-31/functions/:name': { DELETE: 'DeleteFunction' },
  '/2015-03-31/functions/:name/aliases': { GET: 'ListAliases', POST: 'CreateAlias' },
  '/2015-03-31/functions/:name/aliases/:alias': { DELETE: 'DeleteAlias', GET: 'GetAlias', PUT: 'UpdateAlias' },
  '/2015-03-31/functions/:name/code': { PUT: 'UpdateFunctionCode' },
  '/2020-06-30/functions/:name/code-signing-config': {
    DELETE: 'DeleteFunctionCodeSigningConfig',
    GET: 'GetFunctionCodeSigningConfig',
    PUT: 'PutFunctionCodeSigningConfig',
  },
  '/2017-10-31/functions/:name/concurrency': { DELETE: 'DeleteFunctionConcurrency', PUT: 'PutFunctionConcurrency' },
  '/2019-09-30/functions/:name/concurrency': { GET: 'GetFunctionConcurrency' },
  '/2015-03-31/functions/:name/configuration': { PUT: 'UpdateFunctionConfiguration' },
  '/2025-12-01/functions/:name/durable-executions': { GET: 'ListDurableExecutionsByFunction' },
  '/2019-09-25/functions/:name/event-invoke-config': {
    DELETE: 'DeleteFunctionEventInvokeConfig',
    GET: 'GetFunctionEventInvokeConfig',
    POST: 'UpdateFunctionEventInvokeConfig',
    PUT: 'PutFunctionEventInvokeConfig',
  },
  '/2019-09-25/functions/:name/event-invoke-config/list': { GET: 'ListFunctionEventInvokeConfigs' },
  '/2025-11-30/functions/:name/function-scaling-config': {
    GET: 'GetFunctionScalingConfig',
    PUT: 'PutFunctionScalingConfig',
  },
  '/2014-11-13/functions/:name/invoke-async': { POST: 'InvokeAsync' },
  '/2015-03-31/functions/:name/policy': { GET: 'GetPolicy', POST: 'AddPermission' },
  '/2015-03-31/functions/:name/policy/:statementId': { DELETE: 'RemovePermission' },
  '/2019-09-30/functions/:name/provisioned-concurrency': {
    DELETE: 'DeleteProvisionedConcurrencyConfig',
    GET: 'GetProvisionedConcurrencyConfig or ListProvisionedConcurrencyConfigs',
    PUT: 'PutProvisionedConcurrencyConfig',
  },
  '/2024-08-31/functions/:name/recursion-config': {
    GET: 'GetFunctionRecursionConfig',
    PUT: 'PutFunctionRecursionConfig',
  },
  '/2021-11-15/functions/:name/response-streaming-invocations': { POST: 'InvokeWithResponseStream' },
  '/2021-07-20/functions/:name/runtime-management-config': {
    GET: 'GetRuntimeManagementConfig',
    PUT: 'PutRuntimeManagementConfig',
  },
  '/2021-10-31/functions/:name/url': {
    DELETE: 'DeleteFunctionUrlConfig',
    GET: 'GetFunctionUrlConfig',
    POST: 'CreateFunctionUrlConfig',
    PUT: 'UpdateFunctionUrlConfig',
  },
  '/2021-10-31/functions/:name/urls': { GET: 'ListFunctionUrlConfigs' },
  '/2015-03-31/functions/:name/versions': { GET: 'ListVersionsByFunction', POST: 'PublishVersion' },
  '/2018-10-31/layers': { GET: 'ListLayers or GetLayerVersionByArn' },
  '/2018-10-31/layers/:layerName/versions': { GET: 'ListLayerVersions', POST: 'PublishLayerVersion' },
  '/2018-10-31/layers/:layerName/versions/:versionNumber': { DELETE: 'DeleteLayerVersion', GET: 'GetLayerVersion' },
  '/2018-10-31/layers/:layerName/versions/:versionNumber/policy': {
    GET: 'GetLayerVersionPolicy',
    POST: 'AddLayerVersionPermission',
  },
  '/2018-10-31/layers/:layerName/versions/:versionNumber/policy/:statementId': {
    DELETE: 'RemoveLayerVersionPermission',
  },
};

export const unsupportedOperations: readonly UnsupportedOperation[] = Object.entries(byPath).flatMap(
  ([path, operations]) => Object.entries(operations).map(([method, operation]) => ({ method, path, operation })),
);

/** What to do instead of the operations that the configuration file does not replace. */
const insteadOf: Readonly<Record<string, string>> = {
  InvokeAsync: 'To invoke a function without waiting use Invoke with the invocation type Event.',
  InvokeWithResponseStream: 'To invoke a function use Invoke.',
};

export function unsupportedText(operation: string): string {
  const { [operation]: instead = 'Change them there.' } = insteadOf;
  return `${operation} is not supported: the functions are those of "functions" in the configuration file of millrace. ${instead}`;
}
