import type {
  CreateEndpointCommandInput,
  CreateEndpointCommandOutput,
  DeleteEndpointCommandInput,
  DeleteEndpointCommandOutput,
  DescribeEndpointCommandInput,
  DescribeEndpointCommandOutput,
  DesiredWeightAndCapacity,
  ListEndpointsCommandInput,
  ListEndpointsCommandOutput,
  UpdateEndpointCommandInput,
  UpdateEndpointCommandOutput,
  UpdateEndpointWeightsAndCapacitiesCommandInput,
  UpdateEndpointWeightsAndCapacitiesCommandOutput,
} from "@aws-sdk/client-sagemaker";
import type { EndpointHost } from "../hosting/endpoint-host";
import { checkDeploymentConfig } from "./deployment-config";
import { findEndpointConfig } from "./endpoint-configs";
import { describeEndpoint } from "./endpoint-description";
import { refuseUnapproved } from "./model-containers";
import { date, given, type Operation, operation } from "./operation";
import { listPage } from "./pagination";
import type { EndpointConfigRecord, EndpointRecord } from "./records";
import type { Region } from "./region";
import { invalid, notFound } from "./service-error";
import { addTags, removeTags } from "./tags";
import { changedProperties, retainedProperties } from "./variant-changes";

/** In these an endpoint can be neither updated nor deleted. */
const inProgress: ReadonlySet<string> = new Set(["Creating", "Updating", "SystemUpdating", "RollingBack", "Deleting"]);

export function endpointOperations(host: EndpointHost): Record<string, Operation> {
  return {
    CreateEndpoint: operation<CreateEndpointCommandInput, CreateEndpointCommandOutput>(async (input, { region }) => {
      const name = given(input.EndpointName);
      const arn = region.arn("endpoint", name);
      if (region.endpoints.has(name)) {
        throw invalid(`Cannot create already existing endpoint "${arn}".`);
      }
      const config = findEndpointConfig(region, given(input.EndpointConfigName));
      refuseUnapproved(region, config);
      const now = Date.now();
      await region.endpoints.put(name, { name, arn, status: "Creating", configName: config.name, createdAt: now, modifiedAt: now });
      await addTags(region, arn, input.Tags);
      host.create(region, name);
      return { EndpointArn: arn };
    }),
    DescribeEndpoint: operation<DescribeEndpointCommandInput, DescribeEndpointCommandOutput>((input, { region }) =>
      describeEndpoint(region, findEndpoint(region, given(input.EndpointName)), host),
    ),
    UpdateEndpoint: operation<UpdateEndpointCommandInput, UpdateEndpointCommandOutput>(async (input, { region }) => {
      const endpoint = findEndpoint(region, given(input.EndpointName));
      const config = findEndpointConfig(region, given(input.EndpointConfigName));
      refuseUnapproved(region, config);
      refuseUnlessUpdatable(endpoint);
      refuseServerlessChange(region, endpoint, config.name);
      refuseOtherInstanceType(region, endpoint, config);
      checkDeploymentConfig(input.DeploymentConfig);
      const { failureReason: _, ...kept } = endpoint;
      const deploymentConfig =
        input.DeploymentConfig ?? (input.RetainDeploymentConfig === true ? endpoint.lastDeploymentConfig : undefined);
      await region.endpoints.put(endpoint.name, {
        ...kept,
        status: "Updating",
        updating: {
          configName: config.name,
          ...retainedProperties(region, endpoint, config, input),
          deploymentConfig,
          startedAt: Date.now(),
        },
        lastDeploymentConfig: deploymentConfig,
        modifiedAt: Date.now(),
      });
      host.update(region, endpoint.name);
      return { EndpointArn: endpoint.arn };
    }),
    UpdateEndpointWeightsAndCapacities: operation<
      UpdateEndpointWeightsAndCapacitiesCommandInput,
      UpdateEndpointWeightsAndCapacitiesCommandOutput
    >(async (input, { region }) => {
      const endpoint = await changeVariants(region, host, given(input.EndpointName), given(input.DesiredWeightsAndCapacities));
      return { EndpointArn: endpoint.arn };
    }),
    DeleteEndpoint: operation<DeleteEndpointCommandInput, DeleteEndpointCommandOutput>(async (input, { region }) => {
      const endpoint = findEndpoint(region, given(input.EndpointName));
      if (inProgress.has(endpoint.status)) {
        throw invalid(`Cannot update in-progress endpoint "${endpoint.arn}".`);
      }
      await region.endpoints.put(endpoint.name, { ...endpoint, status: "Deleting", modifiedAt: Date.now() });
      await removeTags(region, endpoint.arn);
      host.delete(region, endpoint.name);
      return {};
    }),
    ListEndpoints: operation<ListEndpointsCommandInput, ListEndpointsCommandOutput>((input, { region }) => {
      const kept = region.endpoints.list().filter(({ status }) => input.StatusEquals === undefined || status === input.StatusEquals);
      const { items, nextToken } = listPage(kept, input);
      return {
        Endpoints: items.map((endpoint) => ({
          EndpointName: endpoint.name,
          EndpointArn: endpoint.arn,
          CreationTime: date(endpoint.createdAt),
          LastModifiedTime: date(endpoint.modifiedAt),
          EndpointStatus: endpoint.status,
        })),
        NextToken: nextToken,
      };
    }),
  };
}

/** Gives variants weights and instance counts, on request and by scaling; the endpoint is in service again when they have them. */
export async function changeVariants(
  region: Region,
  host: Pick<EndpointHost, "change">,
  name: string,
  changes: readonly DesiredWeightAndCapacity[],
): Promise<EndpointRecord> {
  const endpoint = findEndpoint(region, name);
  refuseUnlessUpdatable(endpoint);
  const variants = changedProperties(region, endpoint, changes);
  const { failureReason: _, ...kept } = endpoint;
  await region.endpoints.put(name, { ...kept, status: "Updating", variants, modifiedAt: Date.now() });
  host.change(region, name);
  return endpoint;
}

export function findEndpoint(region: Region, name: string): EndpointRecord {
  const endpoint = region.endpoints.get(name);
  if (endpoint === undefined) {
    throw notFound(`Could not find endpoint "${region.arn("endpoint", name)}".`);
  }
  return endpoint;
}

function refuseUnlessUpdatable(endpoint: EndpointRecord): void {
  if (inProgress.has(endpoint.status)) {
    throw invalid(`Cannot update in-progress endpoint "${endpoint.arn}".`);
  }
  if (endpoint.status === "Failed") {
    throw invalid(`Cannot update failed endpoint "${endpoint.arn}".`);
  }
}

/** AWS changes the instance type of no variant that is registered for scaling. */
function refuseOtherInstanceType(region: Region, endpoint: EndpointRecord, next: EndpointConfigRecord): void {
  const typesIn = (config: EndpointConfigRecord | undefined) =>
    new Map((config?.request.ProductionVariants ?? []).map(({ VariantName = "", InstanceType }) => [VariantName, InstanceType]));
  const [present, wanted] = [typesIn(region.endpointConfigs.get(endpoint.configName)), typesIn(next)];
  for (const target of region.scaling.targets.list()) {
    const [from, to] = [present.get(target.variant), wanted.get(target.variant)];
    if (target.endpoint === endpoint.name && target.endpointCreatedAt === endpoint.createdAt && from !== to && from !== undefined) {
      throw invalid(
        `Cannot update endpoint "${endpoint.arn}": the variant ${target.variant} is registered for scaling as ${target.resourceId}, and the ` +
          `configuration "${next.name}" changes its instance type from ${from} to ${to ?? "none"}. Deregister the scalable target first.`,
      );
    }
  }
}

/** AWS lets a serverless endpoint become an instance-based one, not the other way round. */
function refuseServerlessChange(region: Region, endpoint: EndpointRecord, configName: string): void {
  const isServerless = (name: string): boolean =>
    (region.endpointConfigs.get(name)?.request.ProductionVariants ?? []).some((variant) => variant.ServerlessConfig !== undefined);
  if (!isServerless(endpoint.configName) && isServerless(configName) && region.endpointConfigs.has(endpoint.configName)) {
    throw invalid(`Cannot update endpoint "${endpoint.arn}" from instance-based variants to serverless variants.`);
  }
}
