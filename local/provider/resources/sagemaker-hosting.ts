import {
  CreateEndpointCommand,
  type CreateEndpointCommandInput,
  CreateEndpointConfigCommand,
  type CreateEndpointConfigCommandInput,
  CreateModelCommand,
  type CreateModelCommandInput,
  DeleteEndpointConfigCommand,
  DeleteModelCommand,
  DescribeEndpointConfigCommand,
  DescribeModelCommand,
} from "@aws-sdk/client-sagemaker";
import { allTags } from "../autoname";
import { orMissing } from "../errors";
import { omit, pick } from "../shapes";
import type { Context, ResourceSpec } from "../spec";
import { present, requiredText, type Values } from "../values";
import { sagemakerProperties, sagemakerRequest } from "./sagemaker-shapes";
import { tagList } from "./tag-list";

const NOT_SENT = ["name", "namePrefix", "region", "tags", "__defaults"];

function request(context: Context, inputs: Values): Record<string, unknown> {
  return { ...sagemakerRequest(omit(inputs, NOT_SENT)), Tags: tagList(allTags(inputs, context.defaultTags)) };
}

export const model: ResourceSpec = {
  type: "aws:sagemaker/model:Model",
  autoname: { property: "name", maxLength: 63 },
  computed: ["arn"],
  async create(context, inputs) {
    const name = requiredText(inputs, "name");
    const input = { ...request(context, inputs), ModelName: name } as CreateModelCommandInput;
    const { ModelArn } = await context.clients.sagemaker.send(new CreateModelCommand(input));
    return { id: name, outputs: present({ arn: ModelArn }) };
  },
  async read(context, id) {
    const found = await orMissing(context.clients.sagemaker.send(new DescribeModelCommand({ ModelName: id })));
    if (found === undefined) return undefined;
    const properties = pick(sagemakerProperties(found), [
      "primaryContainer",
      "containers",
      "executionRoleArn",
      "enableNetworkIsolation",
      "vpcConfig",
    ]);
    return { ...properties, ...present({ name: id, arn: found.ModelArn }) };
  },
  async delete(context, id) {
    await orMissing(context.clients.sagemaker.send(new DeleteModelCommand({ ModelName: id })));
  },
};

const CONFIGURATION = ["productionVariants", "shadowProductionVariants", "asyncInferenceConfig", "dataCaptureConfig", "executionRoleArn"];

export const endpointConfiguration: ResourceSpec = {
  type: "aws:sagemaker/endpointConfiguration:EndpointConfiguration",
  autoname: { property: "name", maxLength: 63 },
  computed: ["arn"],
  async create(context, inputs) {
    const name = requiredText(inputs, "name");
    const { KmsKeyArn, ...members } = request(context, inputs);
    const input = { ...members, EndpointConfigName: name, KmsKeyId: KmsKeyArn } as CreateEndpointConfigCommandInput;
    const { EndpointConfigArn } = await context.clients.sagemaker.send(new CreateEndpointConfigCommand(input));
    return { id: name, outputs: present({ arn: EndpointConfigArn }) };
  },
  async read(context, id) {
    const found = await orMissing(context.clients.sagemaker.send(new DescribeEndpointConfigCommand({ EndpointConfigName: id })));
    if (found === undefined) return undefined;
    const properties = pick(sagemakerProperties(found), CONFIGURATION);
    return { ...properties, ...present({ name: id, arn: found.EndpointConfigArn, kmsKeyArn: found.KmsKeyId }) };
  },
  async delete(context, id) {
    await orMissing(context.clients.sagemaker.send(new DeleteEndpointConfigCommand({ EndpointConfigName: id })));
  },
};

/** The request that creates an endpoint of these inputs. */
export function endpointRequest(context: Context, inputs: Values): CreateEndpointCommand {
  const input = { ...request(context, inputs), EndpointName: requiredText(inputs, "name") } as CreateEndpointCommandInput;
  return new CreateEndpointCommand(input);
}
