import {
  CreateEndpointCommand,
  CreateEndpointConfigCommand,
  type CreateEndpointConfigCommandInput,
  CreateModelCommand,
  DescribeEndpointCommand,
  type DescribeEndpointCommandOutput,
  type ProductionVariant,
  waitUntilEndpointInService,
} from "@aws-sdk/client-sagemaker";
import { InvokeEndpointCommand, type InvokeEndpointCommandInput } from "@aws-sdk/client-sagemaker-runtime";
import { type Platform, role } from "./platform";

type Clients = Pick<Platform, "sagemaker" | "runtime" | "image">;

/** A model of the echo image; its answers have its name as `version`. */
export async function createModel({ sagemaker, image }: Clients, name: string): Promise<void> {
  const PrimaryContainer = { Image: image.uri, Environment: { VERSION: name } };
  await sagemaker.send(new CreateModelCommand({ ModelName: name, ExecutionRoleArn: role, PrimaryContainer }));
}

/** A variant of one instance, called as its model. */
export function variant(ModelName: string, more: Partial<ProductionVariant> = {}): ProductionVariant {
  return { VariantName: ModelName, ModelName, InstanceType: "ml.m5.large", InitialInstanceCount: 1, ...more };
}

export async function configure(
  { sagemaker }: Clients,
  name: string,
  variants: ProductionVariant[],
  more: Partial<CreateEndpointConfigCommandInput> = {},
): Promise<void> {
  await sagemaker.send(new CreateEndpointConfigCommand({ EndpointConfigName: name, ProductionVariants: variants, ...more }));
}

/** An endpoint and its configuration, both called `name`, in service. */
export async function serve(
  clients: Clients,
  name: string,
  ...config: Parameters<typeof configure> extends [Clients, string, ...infer R] ? R : never
): Promise<void> {
  await configure(clients, name, ...config);
  await clients.sagemaker.send(new CreateEndpointCommand({ EndpointName: name, EndpointConfigName: name }));
  await inService(clients, name);
}

export async function inService({ sagemaker }: Pick<Clients, "sagemaker">, name: string): Promise<void> {
  await waitUntilEndpointInService({ client: sagemaker, maxWaitTime: 120, minDelay: 0.1, maxDelay: 0.5 }, { EndpointName: name });
}

export function describeEndpoint({ sagemaker }: Pick<Clients, "sagemaker">, name: string): Promise<DescribeEndpointCommandOutput> {
  return sagemaker.send(new DescribeEndpointCommand({ EndpointName: name }));
}

/** What the echo model says to a request: its version and process id among others. */
export async function invoke(
  { runtime }: Pick<Clients, "runtime">,
  name: string,
  more: Partial<InvokeEndpointCommandInput> = {},
): Promise<{ readonly version: string; readonly pid: number; readonly invokedVariant: string | undefined }> {
  const command = new InvokeEndpointCommand({ EndpointName: name, ContentType: "text/plain", Body: "x", ...more });
  const { Body, InvokedProductionVariant } = await runtime.send(command);
  return { ...JSON.parse(Body.transformToString()), invokedVariant: InvokedProductionVariant };
}
