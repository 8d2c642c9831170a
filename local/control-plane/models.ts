import type {
  CreateModelCommandInput,
  CreateModelCommandOutput,
  DeleteModelCommandInput,
  DeleteModelCommandOutput,
  DescribeModelCommandInput,
  DescribeModelCommandOutput,
  ListModelsCommandInput,
  ListModelsCommandOutput,
} from "@aws-sdk/client-sagemaker";
import { checkContainers } from "./model-containers";
import { findModelPackage } from "./model-packages";
import { date, given, type Operation, operation } from "./operation";
import { listPage } from "./pagination";
import type { ModelRecord } from "./records";
import type { Region } from "./region";
import { invalid, notFound } from "./service-error";
import { addTags, removeTags } from "./tags";

export function modelOperations(): Record<string, Operation> {
  return {
    CreateModel: operation<CreateModelCommandInput, CreateModelCommandOutput>(async (input, { region }) => {
      const { Tags, ...request } = input;
      const name = given(input.ModelName);
      const arn = region.arn("model", name);
      checkContainers(input, (packageName) => findModelPackage(region, packageName));
      if (region.models.has(name)) {
        throw invalid(`Cannot create already existing model "${arn}".`);
      }
      await region.models.put(name, { name, arn, request, createdAt: Date.now() });
      await addTags(region, arn, Tags);
      return { ModelArn: arn };
    }),
    DescribeModel: operation<DescribeModelCommandInput, DescribeModelCommandOutput>((input, { region }) => {
      const { arn, request, createdAt } = findModel(region, given(input.ModelName));
      return {
        ...request,
        ModelArn: arn,
        ModelName: request.ModelName,
        CreationTime: date(createdAt),
        EnableNetworkIsolation: request.EnableNetworkIsolation ?? false,
      };
    }),
    ListModels: operation<ListModelsCommandInput, ListModelsCommandOutput>((input, { region }) => {
      const { items, nextToken } = listPage(region.models.list(), input);
      return {
        Models: items.map((model) => ({ ModelName: model.name, ModelArn: model.arn, CreationTime: date(model.createdAt) })),
        NextToken: nextToken,
      };
    }),
    DeleteModel: operation<DeleteModelCommandInput, DeleteModelCommandOutput>(async (input, { region }) => {
      const { name, arn } = findModel(region, given(input.ModelName));
      await region.models.delete(name);
      await removeTags(region, arn);
      return {};
    }),
  };
}

export function findModel(region: Region, name: string): ModelRecord {
  const model = region.models.get(name);
  if (model === undefined) {
    throw notFound(`Could not find model "${region.arn("model", name)}".`);
  }
  return model;
}
