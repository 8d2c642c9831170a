import { type ConstructRequest, ConstructResponse } from "@pulumi/pulumi/proto/provider_pb";
import type { Context } from "../spec";
import type { Values } from "../values";
import { decode, encode } from "../wire";
import { Monitor } from "./monitor";
import { type ComponentOutput, constructVpc } from "./vpc";

/** Makes a remote component: registers it and its children with the engine that asks. */
export async function construct(request: ConstructRequest, context: Context): Promise<ConstructResponse> {
  if (request.getType() !== "awsx:ec2:Vpc") {
    throw new Error(`${request.getType()} has no local behaviour; of awsx, only awsx:ec2:Vpc has`);
  }
  const monitor = new Monitor(request);
  try {
    const component = await monitor.component();
    const outputs = await constructVpc(monitor, component, request.getName(), decode(request.getInputs()).values, context);
    await monitor.outputs(component, valuesOf(outputs));
    return response(component.urn, outputs);
  } finally {
    monitor.close();
  }
}

function valuesOf(outputs: Readonly<Record<string, ComponentOutput>>): Values {
  return Object.fromEntries(Object.entries(outputs).map(([name, { value }]) => [name, value]));
}

function response(urn: string, outputs: Readonly<Record<string, ComponentOutput>>): ConstructResponse {
  const answer = new ConstructResponse();
  answer.setUrn(urn);
  answer.setState(encode(valuesOf(outputs)));
  for (const [name, { from }] of Object.entries(outputs)) {
    const dependencies = new ConstructResponse.PropertyDependencies();
    dependencies.setUrnsList(from.map((resource) => resource.urn));
    answer.getStatedependenciesMap().set(name, dependencies);
  }
  return answer;
}
