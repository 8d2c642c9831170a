import type { ContainerDefinition, CreateModelCommandInput } from "@aws-sdk/client-sagemaker";
import type { ModelPackageRecord } from "./model-package-records";
import { findModelPackage } from "./model-packages";
import type { EndpointConfigRecord, ModelRecord } from "./records";
import type { Region } from "./region";
import { invalid } from "./service-error";

/** The rules of a model's containers that concern several members. `findPackage` throws when there is no such model package. */
export function checkContainers(input: CreateModelCommandInput, findPackage: (name: string) => ModelPackageRecord): void {
  const { PrimaryContainer, Containers, InferenceExecutionConfig } = input;
  if (PrimaryContainer !== undefined && Containers !== undefined && Containers.length > 0) {
    throw invalid("PrimaryContainer and Containers cannot both be specified.");
  }
  const containers = containersOf(input);
  if (containers.length === 0) {
    throw invalid("Either PrimaryContainer or Containers must be specified.");
  }
  if (PrimaryContainer !== undefined && InferenceExecutionConfig !== undefined) {
    throw invalid("InferenceExecutionConfig can be specified with Containers only, not with PrimaryContainer.");
  }
  if (InferenceExecutionConfig?.Mode === "Direct" && containers.some(({ ContainerHostname }) => ContainerHostname === undefined)) {
    throw invalid("ContainerHostname must be specified for each container when the InferenceExecutionConfig mode is Direct.");
  }
  const hostnames = containers.flatMap(({ ContainerHostname }) => ContainerHostname ?? []);
  const twice = hostnames.find((hostname, index) => hostnames.indexOf(hostname) < index);
  if (twice !== undefined) {
    throw invalid(`Container hostnames must be unique within a model: ${twice} is used more than once.`);
  }
  if (containers.length > 1 && containers.some(({ Mode }) => Mode === "MultiModel")) {
    throw invalid("More than one container in MultiModel mode is not supported with inference pipeline.");
  }
  for (const container of containers) {
    checkContainer(container, findPackage);
  }
}

function checkContainer(container: ContainerDefinition, findPackage: (name: string) => ModelPackageRecord): void {
  const { Image, ModelPackageName, InferenceSpecificationName, ModelDataUrl, ModelDataSource } = container;
  if (Image === undefined && ModelPackageName === undefined) {
    throw invalid("Image or ModelPackageName must be specified for each container.");
  }
  if (ModelDataUrl !== undefined && ModelDataSource !== undefined) {
    throw invalid("ModelDataUrl and ModelDataSource cannot both be specified.");
  }
  if (ModelDataUrl !== undefined && !ModelDataUrl.endsWith(".tar.gz") && container.Mode !== "MultiModel") {
    throw invalid(`Invalid model data URL ${ModelDataUrl}: the model artifact must be a .tar.gz file.`);
  }
  if (ModelPackageName === undefined) {
    if (InferenceSpecificationName !== undefined) {
      throw invalid("InferenceSpecificationName can be specified with ModelPackageName only.");
    }
    return;
  }
  if (Image !== undefined || ModelDataUrl !== undefined || ModelDataSource !== undefined) {
    throw invalid("Image, ModelDataUrl and ModelDataSource cannot be specified with ModelPackageName: the model package has them.");
  }
  packageContainers(findPackage(ModelPackageName), InferenceSpecificationName);
}

/** The containers a model is served by: those of a model package in place of its name, with the container's own variables over the package's. */
export function servedContainers(region: Region, { request }: ModelRecord): ContainerDefinition[] {
  return containersOf(request).flatMap((container) => {
    const { ModelPackageName, InferenceSpecificationName, ...own } = container;
    if (ModelPackageName === undefined) {
      return [container];
    }
    return packageContainers(findModelPackage(region, ModelPackageName), InferenceSpecificationName).map((packaged) => ({
      ...own,
      Image: packaged.Image,
      ModelDataUrl: packaged.ModelDataUrl,
      ModelDataSource: packaged.ModelDataSource,
      ContainerHostname: own.ContainerHostname ?? packaged.ContainerHostname,
      Environment: { ...packaged.Environment, ...own.Environment },
    }));
  });
}

/** AWS deploys a version of a model package only once it is approved; unversioned packages need no approval. */
export function refuseUnapproved(region: Region, { request }: EndpointConfigRecord): void {
  const models = [...(request.ProductionVariants ?? []), ...(request.ShadowProductionVariants ?? [])].map(({ ModelName }) => ModelName);
  for (const model of models.map((name) => region.models.get(name ?? ""))) {
    for (const { ModelPackageName } of model === undefined ? [] : containersOf(model.request)) {
      if (ModelPackageName !== undefined) {
        refuse(findModelPackage(region, ModelPackageName));
      }
    }
  }
}

function refuse({ arn, version, request }: ModelPackageRecord): void {
  const status = request.ModelApprovalStatus;
  if (version !== undefined && status !== "Approved") {
    throw invalid(`Model package ${arn} cannot be deployed: its approval status is ${status}; approve it with UpdateModelPackage first.`);
  }
}

function containersOf({ PrimaryContainer, Containers }: CreateModelCommandInput): ContainerDefinition[] {
  return PrimaryContainer === undefined ? (Containers ?? []) : [PrimaryContainer];
}

function packageContainers({ arn, request }: ModelPackageRecord, specificationName: string | undefined): ContainerDefinition[] {
  const additional = request.AdditionalInferenceSpecifications?.find(({ Name }) => Name === specificationName);
  if (specificationName !== undefined && additional === undefined) {
    throw invalid(`Model package ${arn} has no inference specification named ${specificationName}.`);
  }
  const containers = (additional ?? request.InferenceSpecification)?.Containers ?? [];
  if (containers.length === 0) {
    throw invalid(`Model package ${arn} has no inference specification with a container to deploy.`);
  }
  return containers;
}
