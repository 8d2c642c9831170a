import * as ecr from "@aws-sdk/client-ecr";
import { allTags } from "../autoname";
import { orMissing } from "../errors";
import { policyText } from "../policy-document";
import type { Context, ResourceSpec } from "../spec";
import { block, blocks, flag, present, requiredText, text, type Values } from "../values";
import { tagList } from "./tag-list";

const repository: ResourceSpec = {
  type: "aws:ecr/repository:Repository",
  autoname: { property: "name", maxLength: 256, lowercase: true },
  computed: ["arn", "registryId", "repositoryUrl"],
  async create(context, inputs) {
    const repositoryName = requiredText(inputs, "name");
    const [encryption] = blocks(inputs, "encryptionConfigurations");
    const { repository: made } = await context.clients.ecr.send(
      new ecr.CreateRepositoryCommand({
        repositoryName,
        imageTagMutability: text(inputs, "imageTagMutability") as ecr.ImageTagMutability | undefined,
        imageScanningConfiguration: { scanOnPush: flag(block(inputs, "imageScanningConfiguration"), "scanOnPush") ?? false },
        ...(encryption && {
          encryptionConfiguration: {
            encryptionType: (text(encryption, "encryptionType") ?? "AES256") as ecr.EncryptionType,
            kmsKey: text(encryption, "kmsKey"),
          },
        }),
        tags: tagList(allTags(inputs, context.defaultTags)),
      }),
    );
    return { id: repositoryName, outputs: repositoryOutputs(context, repositoryName, made) };
  },
  async read(context, id) {
    const found = await orMissing(context.clients.ecr.send(new ecr.DescribeRepositoriesCommand({ repositoryNames: [id] })));
    const [made] = found?.repositories ?? [];
    if (made === undefined) return undefined;
    return { ...repositoryOutputs(context, id, made), ...present({ name: id, imageTagMutability: made.imageTagMutability }) };
  },
  async update(context, { id, news }) {
    const scanOnPush = flag(block(news, "imageScanningConfiguration"), "scanOnPush") ?? false;
    const imageTagMutability = (text(news, "imageTagMutability") ?? "MUTABLE") as ecr.ImageTagMutability;
    await context.clients.ecr.send(new ecr.PutImageTagMutabilityCommand({ repositoryName: id, imageTagMutability }));
    await context.clients.ecr.send(
      new ecr.PutImageScanningConfigurationCommand({ repositoryName: id, imageScanningConfiguration: { scanOnPush } }),
    );
    return {};
  },
  async delete(context, id, state) {
    const force = flag(state, "forceDelete") ?? false;
    await orMissing(context.clients.ecr.send(new ecr.DeleteRepositoryCommand({ repositoryName: id, force })));
  },
};

/** The URL is AWS's own form, so that image names look as they will there. */
function repositoryOutputs({ account, region, partition }: Context, name: string, made: ecr.Repository | undefined): Values {
  const suffix = partition === "aws-cn" ? "amazonaws.com.cn" : "amazonaws.com";
  return {
    arn: made?.repositoryArn ?? `arn:${partition}:ecr:${region}:${account}:repository/${name}`,
    registryId: account,
    repositoryUrl: `${account}.dkr.ecr.${region}.${suffix}/${name}`,
  };
}

const lifecyclePolicy: ResourceSpec = {
  type: "aws:ecr/lifecyclePolicy:LifecyclePolicy",
  computed: ["registryId"],
  check: (_context, inputs) => Promise.resolve({ ...inputs, policy: policyText(inputs.policy) }),
  create: async (context, inputs) => ({ id: requiredText(inputs, "repository"), outputs: await putLifecycle(context, inputs) }),
  async read(context, id) {
    const found = await orMissing(context.clients.ecr.send(new ecr.GetLifecyclePolicyCommand({ repositoryName: id })));
    return found && present({ repository: id, policy: found.lifecyclePolicyText, registryId: context.account });
  },
  update: (context, { news }) => putLifecycle(context, news),
  async delete(context, id) {
    await orMissing(context.clients.ecr.send(new ecr.DeleteLifecyclePolicyCommand({ repositoryName: id })));
  },
};

async function putLifecycle(context: Context, inputs: Values): Promise<Values> {
  const lifecyclePolicyText = requiredText(inputs, "policy");
  const repositoryName = requiredText(inputs, "repository");
  await context.clients.ecr.send(new ecr.PutLifecyclePolicyCommand({ repositoryName, lifecyclePolicyText }));
  return { registryId: context.account };
}

const repositoryPolicy: ResourceSpec = {
  type: "aws:ecr/repositoryPolicy:RepositoryPolicy",
  computed: ["registryId"],
  check: (_context, inputs) => Promise.resolve({ ...inputs, policy: policyText(inputs.policy) }),
  create: async (context, inputs) => ({ id: requiredText(inputs, "repository"), outputs: await putPolicy(context, inputs) }),
  async read(context, id) {
    const found = await orMissing(context.clients.ecr.send(new ecr.GetRepositoryPolicyCommand({ repositoryName: id })));
    return found && present({ repository: id, policy: found.policyText, registryId: context.account });
  },
  update: (context, { news }) => putPolicy(context, news),
  async delete(context, id) {
    await orMissing(context.clients.ecr.send(new ecr.DeleteRepositoryPolicyCommand({ repositoryName: id })));
  },
};

async function putPolicy(context: Context, inputs: Values): Promise<Values> {
  const repositoryName = requiredText(inputs, "repository");
  await context.clients.ecr.send(new ecr.SetRepositoryPolicyCommand({ repositoryName, policyText: requiredText(inputs, "policy") }));
  return { registryId: context.account };
}

export const ecrResources: readonly ResourceSpec[] = [repository, lifecyclePolicy, repositoryPolicy];
