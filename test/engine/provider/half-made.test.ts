import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunningProvider, startProvider } from "../../../local/provider";
import { type Answer, type Call, type FakeAws, startFakeAws } from "../../local/provider/fake-aws";
import { Program } from "./support/program";

const endpoint = `
const { image, name } = JSON.parse(require("fs").readFileSync("knobs.json", "utf8"));
const model = new aws.sagemaker.Model("iris", { executionRoleArn: "arn:aws:iam::000000000000:role/r", primaryContainer: { image } });
const config = new aws.sagemaker.EndpointConfiguration("iris", { productionVariants: [{ variantName: "main", modelName: model.name, instanceType: "ml.m5.large", initialInstanceCount: 1 }] });
new aws.sagemaker.Endpoint("iris", { name, endpointConfigName: config.name });
`;

/** A SageMaker that remembers endpoints; one whose model's image is "broken" fails, and can then only be deleted. */
class SageMaker {
  readonly images = new Map<string, string>();
  readonly models = new Map<string, string>();
  readonly configurations = new Set<string>();
  readonly endpoints = new Map<string, { configuration: string; status: string }>();

  answer = ({ target, input }: Call): Answer => {
    const text = (name: string) => String(input[name]);
    const arn = (kind: string, name: string) => `arn:aws:sagemaker:us-east-1:000000000000:${kind}/${name}`;
    const name = text("EndpointName");
    const isBroken = () => this.images.get(this.models.get(text("EndpointConfigName")) ?? "") === "broken";
    switch (target) {
      case "CreateModel":
        this.images.set(text("ModelName"), (input.PrimaryContainer as { Image: string }).Image);
        return { output: { ModelArn: arn("model", text("ModelName")) } };
      case "CreateEndpointConfig":
        this.configurations.add(text("EndpointConfigName"));
        this.models.set(text("EndpointConfigName"), (input.ProductionVariants as { ModelName: string }[])[0]?.ModelName ?? "");
        return { output: { EndpointConfigArn: arn("endpoint-config", text("EndpointConfigName")) } };
      case "CreateEndpoint":
        this.endpoints.set(name, { configuration: text("EndpointConfigName"), status: isBroken() ? "Failed" : "InService" });
        return { output: { EndpointArn: arn("endpoint", name) } };
      case "UpdateEndpoint": {
        const endpoint = this.endpoints.get(name);
        if (endpoint?.status === "Failed") return { error: "ValidationException", message: `Cannot update failed endpoint "${name}".` };
        this.endpoints.set(name, { configuration: text("EndpointConfigName"), status: isBroken() ? "Failed" : "InService" });
        return { output: { EndpointArn: arn("endpoint", name) } };
      }
      case "DescribeEndpoint": {
        const endpoint = this.endpoints.get(name);
        if (endpoint === undefined) return { error: "ValidationException", message: `Could not find endpoint "${name}".` };
        const reason = endpoint.status === "Failed" && { FailureReason: "the container did not pass the ping health check" };
        return {
          output: {
            EndpointName: name,
            EndpointArn: arn("endpoint", name),
            EndpointConfigName: endpoint.configuration,
            EndpointStatus: endpoint.status,
            ...reason,
          },
        };
      }
      case "DeleteEndpoint":
        this.endpoints.delete(name);
        return { output: {} };
      case "DeleteEndpointConfig":
        this.configurations.delete(text("EndpointConfigName"));
        return { output: {} };
      default:
        return { output: {} };
    }
  };
}

describe("an endpoint that fails, on the real engine", () => {
  const sagemaker = new SageMaker();
  const stateDir = mkdtempSync(join(tmpdir(), "slipway-half-made-"));
  let aws: FakeAws;
  let provider: RunningProvider;
  let program: Program;
  const endpointInState = async () => (await program.resources()).find(({ type }) => type === "aws:sagemaker/endpoint:Endpoint");

  beforeAll(async () => {
    aws = await startFakeAws(sagemaker.answer);
    const images = { build: () => Promise.reject(new Error("no image is built here")) };
    provider = await startProvider({
      endpointUrl: aws.url,
      region: "us-east-1",
      account: "000000000000",
      images,
      stateDir,
      runner: "process",
      log: () => undefined,
    });
    program = await Program.create({ port: provider.port, endpointUrl: aws.url });
    program.is(endpoint);
  });
  afterAll(async () => {
    program?.remove();
    await provider?.stop();
    await aws?.stop();
    rmSync(stateDir, { recursive: true, force: true });
  });

  it("fails the update with AWS's reason, and stays in the state as half made", async () => {
    program.write("knobs.json", '{ "name": "iris", "image": "broken" }');
    const run = await program.up();
    expect(run.exitCode).not.toBe(0);
    expect(run.text).toContain(
      "waiting for SageMaker AI Endpoint (iris) to be in service: unexpected state 'Failed', wanted target 'InService'. " +
        "last error: the container did not pass the ping health check",
    );
    const kept = await endpointInState();
    expect(kept?.id).toBe("iris");
    expect(kept?.initErrors).toHaveLength(1);
  });

  it("is not repaired by an update under its name, which AWS refuses", async () => {
    program.write("knobs.json", '{ "name": "iris", "image": "good" }');
    const run = await program.up();
    expect(run.exitCode).not.toBe(0);
    expect(run.text).toContain('Cannot update failed endpoint "iris".');
  });

  it("is replaced by one of another name, and goes before the configuration it was made with", async () => {
    program.write("knobs.json", '{ "name": "iris--2", "image": "good" }');
    const run = await program.up();
    expect(run.exitCode, run.text).toBe(0);
    const of = (step: string) => run.steps.indexOf(step);
    expect(run.steps).toContain("create-replacement aws:sagemaker/endpoint:Endpoint iris");
    expect(of("delete-replaced aws:sagemaker/endpoint:Endpoint iris")).toBeGreaterThan(-1);
    expect(of("delete-replaced aws:sagemaker/endpoint:Endpoint iris")).toBeLessThan(
      of("delete-replaced aws:sagemaker/endpointConfiguration:EndpointConfiguration iris"),
    );
    const { configuration = "" } = sagemaker.endpoints.get("iris--2") ?? {};
    expect([...sagemaker.endpoints]).toEqual([["iris--2", { configuration, status: "InService" }]]);
    expect(sagemaker.configurations).toEqual(new Set([configuration]));
    expect((await endpointInState())?.initErrors).toBeUndefined();
    expect((await program.preview()).steps).toEqual([]);
  });

  it("keeps what still serves when an update of it fails", async () => {
    const served = sagemaker.endpoints.get("iris--2")?.configuration ?? "";
    program.write("knobs.json", '{ "name": "iris--2", "image": "broken" }');
    const run = await program.up();
    expect(run.exitCode).not.toBe(0);
    expect(sagemaker.configurations.has(served)).toBe(true);
  });

  it("is destroyed with everything around it", async () => {
    expect((await program.destroy()).exitCode).toBe(0);
    expect(sagemaker.endpoints).toEqual(new Map());
    expect(sagemaker.configurations).toEqual(new Set());
  });
});
