import { readFileSync } from "node:fs";
import { join } from "node:path";
import { InvokeEndpointCommand, SageMakerRuntimeClient } from "@aws-sdk/client-sagemaker-runtime";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type LocalAws, root, startLocalAws } from "./support/local-aws";
import { Project } from "./support/project";

let aws: LocalAws;
let inTypeScript: Project;
let inYaml: Project;

beforeAll(async () => {
  aws = await startLocalAws();
  inTypeScript = await Project.create(aws);
  inYaml = await Project.create(aws);
});
afterAll(async () => {
  for (const project of [inTypeScript, inYaml]) {
    await project?.destroy();
    project?.remove();
  }
  await aws?.stop();
});

/** What a program made: type and name of every resource but the stack itself and the engine's own providers. */
async function made(project: Project): Promise<string[]> {
  const resources = await project.resources();
  return resources
    .filter(({ type }) => !type.startsWith("pulumi:"))
    .map(({ type, urn }) => `${type} ${urn.split("::").at(-1)}`)
    .sort();
}

test("the YAML example declares Iris with the same resources as a TypeScript program, and its endpoint answers", async () => {
  inTypeScript.declare({
    iris: {
      code: join(root, "models", "iris"),
      training: { instanceType: "ml.m5.large", maxRuntime: "2h", channels: { train: join(root, "models", "iris", "data") } },
      realtime: { instanceType: "ml.m5.xlarge" },
      api: { path: "/iris" },
    },
  });
  const typeScript = await inTypeScript.up();
  expect(typeScript.exitCode, typeScript.text).toBe(0);

  const example = readFileSync(join(root, "docs", "examples", "yaml-iris", "Pulumi.yaml"), "utf8");
  inYaml.write("Pulumi.yaml", example.replace("name: yaml-iris", "name: slipway").replaceAll("../../..", root));
  const yaml = await inYaml.up();
  expect(yaml.exitCode, yaml.text).toBe(0);

  const resources = await made(inYaml);
  expect(resources).toEqual(await made(inTypeScript));
  expect(resources).toContain("slipway:index:ModelService iris");
  expect(resources).toContain("aws:sagemaker/endpoint:Endpoint iris-endpoint");

  const { models } = await inYaml.outputs<{ models: { iris: { endpointName: string } } }>();
  const credentials = { accessKeyId: "test", secretAccessKey: "test" };
  const client = new SageMakerRuntimeClient({ endpoint: aws.endpointUrl, region: "us-east-1", credentials });
  const answer = await client.send(
    new InvokeEndpointCommand({
      EndpointName: models.iris.endpointName,
      ContentType: "application/json",
      Body: readFileSync(join(root, "models", "iris", "sample.json")),
    }),
  );
  expect(JSON.parse(Buffer.from(answer.Body).toString())).toMatchObject({ category: "Iris-setosa" });

  expect((await inYaml.preview()).changes).toEqual([]);
});

test("a faulty YAML declaration is refused with every property's path, and nothing is made", async () => {
  const faulty = await Project.create(aws);
  const example = readFileSync(join(root, "docs", "examples", "yaml-iris", "Pulumi.yaml"), "utf8");
  const declared = example
    .replace("instanceType: ml.m5.xlarge", "instanceType: m5.xlarge")
    .replace("maxRuntime: 2h", "maxRuntime: two hours");
  faulty.write("Pulumi.yaml", declared.replace("name: yaml-iris", "name: slipway").replaceAll("../../..", root));
  const run = await faulty.up();
  expect(run.exitCode).not.toBe(0);
  expect(run.text).toContain("realtime.instanceType");
  expect(run.text).toContain("training.maxRuntime");
  expect((await made(faulty)).filter((resource) => resource.includes("iris"))).toEqual([]);
  await faulty.destroy();
  faulty.remove();
});
