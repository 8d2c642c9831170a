import * as kms from "@aws-sdk/client-kms";
import { allTags } from "../autoname";
import { orMissing } from "../errors";
import { policyText } from "../policy-document";
import type { Context, ResourceSpec } from "../spec";
import { flag, number, present, requiredText, text, type Values } from "../values";

const SHORTEST_WINDOW = 7;
const DEFAULT_WINDOW = 30;

const key: ResourceSpec = {
  type: "aws:kms/key:Key",
  computed: ["arn", "keyId"],
  check: (_context, inputs) => Promise.resolve(inputs.policy === undefined ? inputs : { ...inputs, policy: policyText(inputs.policy) }),
  async create(context, inputs) {
    const { KeyMetadata } = await context.clients.kms.send(
      new kms.CreateKeyCommand({
        Description: text(inputs, "description"),
        Policy: text(inputs, "policy"),
        KeyUsage: text(inputs, "keyUsage") as kms.KeyUsageType | undefined,
        KeySpec: text(inputs, "customerMasterKeySpec") as kms.KeySpec | undefined,
        MultiRegion: flag(inputs, "multiRegion"),
        Tags: Object.entries(allTags(inputs, context.defaultTags)).map(([TagKey, TagValue]) => ({ TagKey, TagValue })),
      }),
    );
    const id = KeyMetadata?.KeyId ?? "";
    await rotate(context, id, inputs);
    return { id, outputs: present({ keyId: id, arn: KeyMetadata?.Arn }) };
  },
  async read(context, id) {
    const found = await orMissing(context.clients.kms.send(new kms.DescribeKeyCommand({ KeyId: id })));
    if (found?.KeyMetadata === undefined || found.KeyMetadata.KeyState === kms.KeyState.PendingDeletion) return undefined;
    return present({
      keyId: id,
      arn: found.KeyMetadata.Arn,
      description: found.KeyMetadata.Description,
      keyUsage: found.KeyMetadata.KeyUsage,
    });
  },
  async update(context, { id, news }) {
    await context.clients.kms.send(new kms.UpdateKeyDescriptionCommand({ KeyId: id, Description: text(news, "description") ?? "" }));
    const Policy = text(news, "policy");
    if (Policy !== undefined) await context.clients.kms.send(new kms.PutKeyPolicyCommand({ KeyId: id, PolicyName: "default", Policy }));
    await rotate(context, id, news);
    return {};
  },
  async delete(context, id, state) {
    const PendingWindowInDays = Math.max(number(state, "deletionWindowInDays") ?? DEFAULT_WINDOW, SHORTEST_WINDOW);
    await orMissing(context.clients.kms.send(new kms.ScheduleKeyDeletionCommand({ KeyId: id, PendingWindowInDays })));
  },
};

async function rotate(context: Context, KeyId: string, inputs: Values): Promise<void> {
  if (flag(inputs, "enableKeyRotation") === true) await context.clients.kms.send(new kms.EnableKeyRotationCommand({ KeyId }));
}

/** The id is the alias's name, with `alias/` before it. */
const alias: ResourceSpec = {
  type: "aws:kms/alias:Alias",
  autoname: { property: "name", maxLength: 256, prefix: "alias/" },
  computed: ["arn", "targetKeyArn"],
  async create(context, inputs) {
    const AliasName = requiredText(inputs, "name");
    await context.clients.kms.send(new kms.CreateAliasCommand({ AliasName, TargetKeyId: requiredText(inputs, "targetKeyId") }));
    return { id: AliasName, outputs: aliasOutputs(context, AliasName, inputs) };
  },
  async read(context, id) {
    const { Aliases } = await context.clients.kms.send(new kms.ListAliasesCommand({}));
    const found = Aliases?.find(({ AliasName }) => AliasName === id);
    return found && present({ name: id, arn: found.AliasArn });
  },
  async update(context, { id, news }) {
    await context.clients.kms.send(new kms.UpdateAliasCommand({ AliasName: id, TargetKeyId: requiredText(news, "targetKeyId") }));
    return aliasOutputs(context, id, news);
  },
  async delete(context, id) {
    await orMissing(context.clients.kms.send(new kms.DeleteAliasCommand({ AliasName: id })));
  },
};

function aliasOutputs({ partition, region, account }: Context, name: string, inputs: Values): Values {
  const arn = `arn:${partition}:kms:${region}:${account}`;
  const target = text(inputs, "targetKeyId") ?? "";
  return { arn: `${arn}:${name}`, targetKeyArn: target.startsWith("arn:") ? target : `${arn}:key/${target}` };
}

export const kmsResources: readonly ResourceSpec[] = [key, alias];
