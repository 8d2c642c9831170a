import type { AwsClients } from "../aws/clients";
import type { RecordedResource } from "../recorded-state";
import { describeEndpoint } from "./endpoint-gate";
import type { ServingKind } from "./serving";

export const configurationType = "aws:sagemaker/endpointConfiguration:EndpointConfiguration";

/** An endpoint as far as its name depends on it. */
export interface LiveEndpoint {
  readonly status: string | undefined;
  /** Undefined when nobody can tell: its configuration is gone. */
  readonly kind: ServingKind | undefined;
  /** Name of that configuration. */
  readonly configName?: string | undefined;
}

/** The endpoint of a name as AWS knows it now; undefined when there is none. */
export async function lookAtEndpoint(endpointName: string, clients: AwsClients): Promise<LiveEndpoint | undefined> {
  const endpoint = await describeEndpoint(endpointName, clients);
  return endpoint === undefined
    ? undefined
    : {
        status: endpoint.EndpointStatus,
        kind: await liveKind(endpoint.EndpointConfigName, clients),
        configName: endpoint.EndpointConfigName,
      };
}

async function liveKind(EndpointConfigName: string | undefined, { sagemaker }: AwsClients): Promise<ServingKind | undefined> {
  const { DescribeEndpointConfigCommand } = await import("@aws-sdk/client-sagemaker");
  try {
    const { ProductionVariants, AsyncInferenceConfig } = await sagemaker.send(new DescribeEndpointConfigCommand({ EndpointConfigName }));
    const isServerless = ProductionVariants?.some(({ ServerlessConfig }) => ServerlessConfig !== undefined) ?? false;
    return kindOf(isServerless, AsyncInferenceConfig !== undefined);
  } catch (error) {
    if (error instanceof Error && error.name === "ValidationException") {
      return undefined;
    }
    throw error;
  }
}

/** The kind that a configuration in the stack's state makes; undefined when there is none. */
export function recordedKind(configuration: RecordedResource | undefined): ServingKind | undefined {
  const variants: unknown = configuration?.outputs?.productionVariants;
  if (!Array.isArray(variants)) {
    return undefined;
  }
  return kindOf(
    variants.some((variant) => hasMember(variant, "serverlessConfig")),
    hasMember(configuration?.outputs, "asyncInferenceConfig"),
  );
}

function kindOf(isServerless: boolean, isAsync: boolean): ServingKind {
  return isServerless ? "serverless" : isAsync ? "async" : "realtime";
}

function hasMember(value: unknown, key: string): boolean {
  return typeof value === "object" && value !== null && (value as Readonly<Record<string, unknown>>)[key] != null;
}
