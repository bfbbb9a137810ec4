/** What the variables of an execution environment depend on. */
export interface EnvironmentFacts {
  readonly region: string;
  /** Some emulators read the account out of the access key. */
  readonly account: string;
  readonly functionName: string;
  readonly functionVersion: string;
  readonly memoryMb: number;
  readonly logGroupName: string;
  readonly logStreamName: string;
  readonly handler: string;
  readonly root: string;
  /** `AWS_ENDPOINT_URL_<SERVICE>` of the configured endpoints. */
  readonly endpointVariables: Readonly<Record<string, string>>;
  /** `Environment.Variables` of the function: they win over everything. */
  readonly variables: Readonly<Record<string, string>>;
}

type Variables = Readonly<Record<string, string | undefined>>;

/** Where the AWS SDK finds credentials in the environment. */
const credentialSources = [
  'AWS_ACCESS_KEY_ID',
  'AWS_PROFILE',
  'AWS_WEB_IDENTITY_TOKEN_FILE',
  'AWS_CONTAINER_CREDENTIALS_RELATIVE_URI',
  'AWS_CONTAINER_CREDENTIALS_FULL_URI',
] as const;

/** The variables a handler sees: those of this process, Lambda's, the endpoints, its own; later ones win. */
export function environmentVariables(facts: EnvironmentFacts, inherited: Variables, nodeVersion: string): Variables {
  const addressed: Variables = { ...inherited, ...facts.endpointVariables, ...facts.variables };
  return {
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
    ...inherited,
    ...lambdaVariables(facts, nodeVersion),
    ...facts.endpointVariables,
    ...(needsDummyCredentials(addressed)
      ? { AWS_ACCESS_KEY_ID: facts.account, AWS_SECRET_ACCESS_KEY: 'millrace' }
      : {}),
    ...facts.variables,
  };
}

function lambdaVariables(facts: EnvironmentFacts, nodeVersion: string): Variables {
  return {
    AWS_REGION: facts.region,
    AWS_DEFAULT_REGION: facts.region,
    AWS_EXECUTION_ENV: `AWS_Lambda_nodejs${nodeVersion.split('.')[0]}.x`,
    AWS_LAMBDA_FUNCTION_NAME: facts.functionName,
    AWS_LAMBDA_FUNCTION_VERSION: facts.functionVersion,
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(facts.memoryMb),
    AWS_LAMBDA_LOG_GROUP_NAME: facts.logGroupName,
    AWS_LAMBDA_LOG_STREAM_NAME: facts.logStreamName,
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    LAMBDA_TASK_ROOT: facts.root,
    _HANDLER: facts.handler,
    TZ: 'UTC',
  };
}

/** Emulators accept any credentials, but the SDK does not send a request without some. Real AWS never gets invented ones. */
function needsDummyCredentials(variables: Variables): boolean {
  const elsewhere = Object.entries(variables).some(
    ([name, url]) => name.startsWith('AWS_ENDPOINT_URL') && url !== undefined && !isAws(url),
  );
  return elsewhere && !credentialSources.some((name) => variables[name]);
}

function isAws(url: string): boolean {
  try {
    return /(^|\.)(amazonaws\.com(\.cn)?|api\.aws)$/.test(new URL(url).hostname);
  } catch {
    return false; // not an address at all: whoever uses it will say so
  }
}
