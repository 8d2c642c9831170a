import {
  AddTagsCommand,
  BatchDescribeModelPackageCommand,
  CreateEndpointCommand,
  CreateEndpointConfigCommand,
  CreateModelCommand,
  CreateModelPackageCommand,
  type CreateModelPackageCommandInput,
  CreateModelPackageGroupCommand,
  DeleteModelPackageCommand,
  DeleteModelPackageGroupCommand,
  DeleteModelPackageGroupPolicyCommand,
  DescribeModelPackageCommand,
  DescribeModelPackageGroupCommand,
  GetModelPackageGroupPolicyCommand,
  ListModelPackageGroupsCommand,
  ListModelPackagesCommand,
  PutModelPackageGroupPolicyCommand,
  UpdateModelPackageCommand,
  waitUntilEndpointInService,
} from "@aws-sdk/client-sagemaker";
import { InvokeEndpointCommand } from "@aws-sdk/client-sagemaker-runtime";
import { afterAll, beforeAll, expect, test } from "vitest";
import { account, bucket, type Platform, region, rejection, role, startPlatform, waiter } from "./support/platform";

let platform: Platform;

beforeAll(async () => {
  platform = await startPlatform();
  await platform.sagemaker.send(
    new CreateModelPackageGroupCommand({ ModelPackageGroupName: "iris", ModelPackageGroupDescription: "flowers" }),
  );
});
afterAll(() => platform.stop());

const arn = (kind: string): string => `arn:aws:sagemaker:${region}:${account}:${kind}`;

function register(more: Partial<CreateModelPackageCommandInput> = {}) {
  const Containers = [{ Image: platform.image.uri, ModelDataUrl: `s3://${bucket}/model.tar.gz`, Environment: { VERSION: "package" } }];
  const InferenceSpecification = { Containers, SupportedContentTypes: ["text/plain"], SupportedResponseMIMETypes: ["text/plain"] };
  return platform.sagemaker.send(new CreateModelPackageCommand({ ModelPackageGroupName: "iris", InferenceSpecification, ...more }));
}

test("versions of a group are numbered, wait for approval, and are approved by an update", async () => {
  const { sagemaker } = platform;
  expect((await register()).ModelPackageArn).toBe(arn("model-package/iris/1"));
  const second = await register({ ModelPackageGroupName: arn("model-package-group/iris"), ModelApprovalStatus: "Approved" });
  expect(second.ModelPackageArn).toBe(arn("model-package/iris/2"));

  const name = { ModelPackageName: arn("model-package/iris/1") };
  expect(await sagemaker.send(new DescribeModelPackageCommand(name))).toMatchObject({
    ModelPackageName: "iris",
    ModelPackageGroupName: "iris",
    ModelPackageVersion: 1,
    ModelPackageStatus: "Completed",
    ModelApprovalStatus: "PendingManualApproval",
    InferenceSpecification: { Containers: [{ Image: platform.image.uri }] },
  });
  await sagemaker.send(
    new UpdateModelPackageCommand({ ModelPackageArn: name.ModelPackageName, ModelApprovalStatus: "Approved", ApprovalDescription: "good" }),
  );
  const approved = await sagemaker.send(new DescribeModelPackageCommand({ ModelPackageName: "iris/1" }));
  expect(approved).toMatchObject({ ModelApprovalStatus: "Approved", ApprovalDescription: "good" });
  expect(approved.LastModifiedTime?.getTime()).toBeGreaterThanOrEqual(approved.CreationTime?.getTime() ?? Number.NaN);
});

test("a number is not given again when the last version is deleted, and a repeated request makes one version", async () => {
  const { sagemaker } = platform;
  const { ModelPackageArn } = await register({ ClientToken: "same-token" });
  expect((await register({ ClientToken: "same-token" })).ModelPackageArn).toBe(ModelPackageArn);
  const last = Number(ModelPackageArn?.split("/").at(-1));
  await sagemaker.send(new DeleteModelPackageCommand({ ModelPackageName: ModelPackageArn }));
  expect((await register()).ModelPackageArn).toBe(arn(`model-package/iris/${last + 1}`));
});

test("metadata is merged and removed by key, and inference specifications are added", async () => {
  const { sagemaker } = platform;
  const { ModelPackageArn } = await register({ CustomerMetadataProperties: { a: "1", b: "2" } });
  const container = { Image: platform.image.uri };
  await sagemaker.send(
    new UpdateModelPackageCommand({
      ModelPackageArn,
      CustomerMetadataProperties: { c: "3" },
      CustomerMetadataPropertiesToRemove: ["a"],
      AdditionalInferenceSpecificationsToAdd: [{ Name: "gpu", Containers: [container] }],
    }),
  );
  const described = await sagemaker.send(new DescribeModelPackageCommand({ ModelPackageName: ModelPackageArn }));
  expect(described.CustomerMetadataProperties).toEqual({ b: "2", c: "3" });
  expect(described.AdditionalInferenceSpecifications).toEqual([{ Name: "gpu", Containers: [container] }]);
});

test("lists tell versioned from unversioned packages and approved from waiting ones", async () => {
  const { sagemaker } = platform;
  const { ModelPackageArn } = await register({ ModelPackageName: "alone", ModelPackageGroupName: undefined });
  expect(ModelPackageArn).toBe(arn("model-package/alone"));
  const unversioned = (await sagemaker.send(new ListModelPackagesCommand({}))).ModelPackageSummaryList ?? [];
  expect(unversioned.map(({ ModelPackageName }) => ModelPackageName)).toEqual(["alone"]);
  expect(unversioned[0]?.ModelApprovalStatus).toBeUndefined();
  const question = { ModelPackageGroupName: "iris", ModelApprovalStatus: "Approved", SortOrder: "Ascending" } as const;
  const approved = (await sagemaker.send(new ListModelPackagesCommand(question))).ModelPackageSummaryList ?? [];
  expect(approved.map(({ ModelPackageVersion }) => ModelPackageVersion)).toEqual([1, 2]);
  const both = await sagemaker.send(new ListModelPackagesCommand({ ModelPackageType: "Both", NameContains: "alo" }));
  expect(both.ModelPackageSummaryList).toHaveLength(1);

  const arns = [arn("model-package/iris/2"), arn("model-package/iris/99")];
  const batch = await sagemaker.send(new BatchDescribeModelPackageCommand({ ModelPackageArnList: arns }));
  expect(Object.keys(batch.ModelPackageSummaries ?? {})).toEqual([arns[0]]);
  expect(Object.keys(batch.BatchDescribeModelPackageErrorMap ?? {})).toEqual([arns[1]]);
  const changed = new UpdateModelPackageCommand({ ModelPackageArn: arn("model-package/alone"), ModelApprovalStatus: "Approved" });
  expect((await rejection(sagemaker.send(changed))).name).toBe("ValidationException");
});

test.each([
  [
    { ModelPackageName: "alone-too" },
    "Both ModelPackageName and ModelPackageGroupName are provided in the input. Cannot determine which one to use.",
  ],
  [{ ModelPackageGroupName: undefined }, "Missing ARN."],
  [{ ModelPackageGroupName: "absent" }, `ModelPackageGroup ${arn("model-package-group/absent")} does not exist.`],
  [
    { Tags: [{ Key: "a", Value: "b" }] },
    "Tags cannot be specified for a versioned model package: it uses those of its model package group.",
  ],
])("a model package is refused with %o", async (more, message) => {
  const error = await rejection(register(more));
  expect([error.name, error.message]).toEqual(["ValidationException", message]);
});

test("a group is described, listed, tagged, given a policy, and deleted once it is empty", async () => {
  const { sagemaker } = platform;
  const name = { ModelPackageGroupName: "doomed" };
  await sagemaker.send(new CreateModelPackageGroupCommand({ ...name, Tags: [{ Key: "a", Value: "b" }] }));
  const again = await rejection(sagemaker.send(new CreateModelPackageGroupCommand(name)));
  expect([again.name, again.message]).toEqual([
    "ValidationException",
    `Model Package Group already exists: ${arn("model-package-group/doomed")}`,
  ]);
  expect(await sagemaker.send(new DescribeModelPackageGroupCommand({ ModelPackageGroupName: "iris" }))).toMatchObject({
    ModelPackageGroupArn: arn("model-package-group/iris"),
    ModelPackageGroupDescription: "flowers",
    ModelPackageGroupStatus: "Completed",
  });
  const groups = await sagemaker.send(new ListModelPackageGroupsCommand({ SortBy: "Name", SortOrder: "Ascending" }));
  expect(groups.ModelPackageGroupSummaryList?.map((group) => group.ModelPackageGroupName)).toEqual(["doomed", "iris"]);
  const added = await sagemaker.send(
    new AddTagsCommand({ ResourceArn: arn("model-package-group/doomed"), Tags: [{ Key: "c", Value: "d" }] }),
  );
  expect(added.Tags).toHaveLength(2);

  expect((await rejection(sagemaker.send(new GetModelPackageGroupPolicyCommand(name)))).name).toBe("ValidationException");
  await sagemaker.send(new PutModelPackageGroupPolicyCommand({ ...name, ResourcePolicy: '{"Version":"2012-10-17"}' }));
  expect((await sagemaker.send(new GetModelPackageGroupPolicyCommand(name))).ResourcePolicy).toBe('{"Version":"2012-10-17"}');
  await sagemaker.send(new DeleteModelPackageGroupPolicyCommand(name));
  expect((await rejection(sagemaker.send(new DeleteModelPackageGroupPolicyCommand(name)))).name).toBe("ValidationException");

  await register(name);
  expect((await rejection(sagemaker.send(new DeleteModelPackageGroupCommand(name)))).name).toBe("ConflictException");
  await sagemaker.send(new DeleteModelPackageCommand({ ModelPackageName: arn("model-package/doomed/1") }));
  await sagemaker.send(new DeleteModelPackageGroupCommand(name));
  const gone = await rejection(sagemaker.send(new DescribeModelPackageGroupCommand(name)));
  expect(gone.message).toBe(`ModelPackageGroup ${arn("model-package-group/doomed")} does not exist.`);
});

test.each([
  ["an image beside the package", { Image: "image" }, "cannot be specified with ModelPackageName: the model package has them."],
  ["a specification the package has not", { InferenceSpecificationName: "gpu" }, "has no inference specification named gpu."],
  ["a package that is not there", { ModelPackageName: "absent" }, `ModelPackage ${arn("model-package/absent")} does not exist.`],
])("a model with %s is refused", async (_, more, message) => {
  const PrimaryContainer = { ModelPackageName: arn("model-package/iris/1"), ...more };
  const command = new CreateModelCommand({ ModelName: "from-package", ExecutionRoleArn: role, PrimaryContainer });
  const error = await rejection(platform.sagemaker.send(command));
  expect([error.name, error.message]).toEqual(["ValidationException", expect.stringContaining(message)]);
});

test("an endpoint serves an approved package with the package's image and variables, and is refused one that waits", async () => {
  const { sagemaker, runtime } = platform;
  const Containers = [{ Image: platform.image.uri, Environment: { VERSION: "package" } }];
  const InferenceSpecification = { Containers, SupportedContentTypes: ["text/plain"], SupportedResponseMIMETypes: ["text/plain"] };
  const { ModelPackageArn } = await register({ InferenceSpecification });
  const PrimaryContainer = { ModelPackageName: ModelPackageArn, Environment: { EXTRA: "own" } };
  await sagemaker.send(new CreateModelCommand({ ModelName: "packaged", ExecutionRoleArn: role, PrimaryContainer }));
  const variant = { VariantName: "primary", ModelName: "packaged", InstanceType: "ml.m5.large", InitialInstanceCount: 1 } as const;
  await sagemaker.send(new CreateEndpointConfigCommand({ EndpointConfigName: "packaged", ProductionVariants: [variant] }));
  const create = () => sagemaker.send(new CreateEndpointCommand({ EndpointName: "packaged", EndpointConfigName: "packaged" }));
  const waiting = await rejection(create());
  expect([waiting.name, waiting.message]).toEqual([
    "ValidationException",
    `Model package ${ModelPackageArn} cannot be deployed: its approval status is PendingManualApproval; approve it with UpdateModelPackage first.`,
  ]);
  await sagemaker.send(new UpdateModelPackageCommand({ ModelPackageArn, ModelApprovalStatus: "Approved" }));
  await create();
  await waitUntilEndpointInService({ ...waiter, client: sagemaker }, { EndpointName: "packaged" });
  const { Body } = await runtime.send(new InvokeEndpointCommand({ EndpointName: "packaged", ContentType: "text/plain", Body: "x" }));
  expect(JSON.parse(Body.transformToString())).toMatchObject({ version: "package" });
});
