import type { Authorization, Operation } from "./operations";

/** One operation with the function behind it. */
export interface DefinedOperation extends Pick<Operation, "method" | "path"> {
  /** ARN by which API Gateway calls the function. */
  readonly invokeArn: string;
  readonly authorization: Authorization;
  readonly timeoutMilliseconds: number;
}

export interface RestDefinition {
  readonly title: string;
  readonly operations: readonly DefinedOperation[];
  readonly apiKey: boolean;
  /** Whether browsers' preflights are answered, by the functions themselves. */
  readonly cors: boolean;
}

/**
 * The whole API as one OpenAPI document. An API that is defined at once has no stale paths: with a resource for each path, a deployment made before the removed
 * ones are deleted would still hold them. Every body is binary to API Gateway, so that none is read as text.
 */
export function restDefinition({ title, operations, apiKey, cors }: RestDefinition): string {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const operation of operations) {
    const item = paths[operation.path] ?? {};
    paths[operation.path] = item;
    item[operation.method.toLowerCase()] = {
      ...parametersOf(operation.path),
      responses: { default: { description: "the model's own answer" } },
      security: securityOf(operation.authorization, apiKey),
      "x-amazon-apigateway-integration": integration(operation),
    };
    if (cors) {
      // Browsers send neither key nor signature with a preflight.
      item.options = {
        ...parametersOf(operation.path),
        responses: { default: { description: "who may call" } },
        security: [],
        "x-amazon-apigateway-integration": integration(operation),
      };
    }
  }
  return JSON.stringify({
    openapi: "3.0.1",
    info: { title, version: "1" },
    paths,
    components: {
      securitySchemes: {
        ...(apiKey ? { api_key: { type: "apiKey", name: "x-api-key", in: "header" } } : {}),
        ...(operations.some(({ authorization }) => authorization === "AWS_IAM")
          ? { sigv4: { type: "apiKey", name: "Authorization", in: "header", "x-amazon-apigateway-authtype": "awsSigv4" } }
          : {}),
      },
    },
    "x-amazon-apigateway-binary-media-types": ["*/*"],
  });
}

function integration({ invokeArn, timeoutMilliseconds }: DefinedOperation): object {
  return {
    type: "aws_proxy",
    httpMethod: "POST",
    uri: invokeArn,
    passthroughBehavior: "when_no_match",
    timeoutInMillis: timeoutMilliseconds,
  };
}

function parametersOf(path: string): object {
  return path.endsWith("{id}") ? { parameters: [{ name: "id", in: "path", required: true, schema: { type: "string" } }] } : {};
}

/** All of the schemes of one requirement are needed. */
function securityOf(authorization: Authorization, apiKey: boolean): object[] {
  const needed = { ...(authorization === "AWS_IAM" ? { sigv4: [] } : {}), ...(apiKey ? { api_key: [] } : {}) };
  return Object.keys(needed).length === 0 ? [] : [needed];
}
