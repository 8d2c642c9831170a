import {
  DeleteEndpointCommand,
  DescribeEndpointCommand,
  type DescribeEndpointCommandOutput,
  EndpointStatus,
  UpdateEndpointCommand,
  type UpdateEndpointCommandInput,
} from "@aws-sdk/client-sagemaker";
import { sameValue } from "../diff";
import { orMissing, PartiallyCreated } from "../errors";
import { pick } from "../shapes";
import type { Context, ResourceSpec } from "../spec";
import { present, requiredText, type Values } from "../values";
import { waitFor } from "../waiting";
import { endpointRequest } from "./sagemaker-hosting";
import { sagemakerProperties, sagemakerRequest } from "./sagemaker-shapes";

/** States in which the real provider's waiter goes on waiting; any other but InService is an error to it. */
const PENDING: readonly (string | undefined)[] = [EndpointStatus.CREATING, EndpointStatus.UPDATING, EndpointStatus.SYSTEM_UPDATING];

export const endpoint: ResourceSpec = {
  type: "aws:sagemaker/endpoint:Endpoint",
  autoname: { property: "name", maxLength: 63 },
  computed: ["arn"],
  async create(context, inputs) {
    const name = requiredText(inputs, "name");
    const { EndpointArn } = await context.clients.sagemaker.send(endpointRequest(context, inputs));
    await inService(context, name, present({ name, arn: EndpointArn }));
    return { id: name, outputs: present({ name, arn: EndpointArn }) };
  },
  async read(context, id) {
    const found = await describe(context, id);
    if (found === undefined) return undefined;
    const deployment = pick(sagemakerProperties({ DeploymentConfig: found.LastDeploymentConfig }), ["deploymentConfig"]);
    return { ...deployment, ...present({ name: id, arn: found.EndpointArn, endpointConfigName: found.EndpointConfigName }) };
  },
  async update(context, { id, olds, news, state }) {
    const changed = ["endpointConfigName", "deploymentConfig"].some((name) => !sameValue(olds[name], news[name]));
    const found = await describe(context, id);
    if (found === undefined) return (await endpoint.create(context, news)).outputs;
    if (!changed && found.EndpointConfigName === news.endpointConfigName) return {};
    const input = {
      EndpointName: id,
      ...sagemakerRequest(pick(news, ["endpointConfigName", "deploymentConfig"])),
    } as UpdateEndpointCommandInput;
    await context.clients.sagemaker.send(new UpdateEndpointCommand(input));
    await inService(context, id, pick(state, ["name", "arn"]));
    return {};
  },
  async delete(context, id) {
    if ((await describe(context, id)) === undefined) return;
    await orMissing(context.clients.sagemaker.send(new DeleteEndpointCommand({ EndpointName: id })));
    await waitFor(
      context.signal,
      () => describe(context, id),
      (state) => state === undefined,
    );
  },
};

function describe(context: Context, name: string): Promise<DescribeEndpointCommandOutput | undefined> {
  return orMissing(context.clients.sagemaker.send(new DescribeEndpointCommand({ EndpointName: name })));
}

/** Waits as the real provider does and fails with its words; the resource stays in the state as half made. */
async function inService(context: Context, name: string, outputs: Values): Promise<void> {
  const final = await waitFor(
    context.signal,
    () => describe(context, name),
    (state) => !PENDING.includes(state?.EndpointStatus),
  );
  if (final?.EndpointStatus === EndpointStatus.IN_SERVICE) return;
  const reason = final?.FailureReason === undefined ? "" : `. last error: ${final.FailureReason}`;
  const state = final?.EndpointStatus ?? "deleted";
  throw new PartiallyCreated(
    `waiting for SageMaker AI Endpoint (${name}) to be in service: unexpected state '${state}', wanted target 'InService'${reason}`,
    name,
    outputs,
  );
}
