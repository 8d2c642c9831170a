import * as iam from "@aws-sdk/client-iam";
import { allTags } from "../autoname";
import { sameValue } from "../diff";
import { orMissing } from "../errors";
import { policyText } from "../policy-document";
import type { Context, ResourceSpec } from "../spec";
import { flag, number, present, requiredText, text, texts, type Values } from "../values";
import { tagList } from "./tag-list";

const role: ResourceSpec = {
  type: "aws:iam/role:Role",
  autoname: { property: "name", maxLength: 64 },
  computed: ["arn", "createDate", "uniqueId"],
  check: (_context, inputs) => Promise.resolve({ ...inputs, assumeRolePolicy: policyText(inputs.assumeRolePolicy) }),
  async create(context, inputs) {
    const RoleName = requiredText(inputs, "name");
    const { Role } = await context.clients.iam.send(
      new iam.CreateRoleCommand({
        RoleName,
        AssumeRolePolicyDocument: requiredText(inputs, "assumeRolePolicy"),
        Description: text(inputs, "description"),
        MaxSessionDuration: number(inputs, "maxSessionDuration"),
        Path: text(inputs, "path"),
        PermissionsBoundary: text(inputs, "permissionsBoundary"),
        Tags: tagList(allTags(inputs, context.defaultTags)),
      }),
    );
    for (const PolicyArn of texts(inputs, "managedPolicyArns") ?? []) {
      await context.clients.iam.send(new iam.AttachRolePolicyCommand({ RoleName, PolicyArn }));
    }
    return { id: RoleName, outputs: roleOutputs(Role) };
  },
  async read(context, id) {
    const found = await orMissing(context.clients.iam.send(new iam.GetRoleCommand({ RoleName: id })));
    if (found?.Role === undefined) return undefined;
    const document = found.Role.AssumeRolePolicyDocument;
    return { ...roleOutputs(found.Role), ...present({ name: id, assumeRolePolicy: document && decodeURIComponent(document) }) };
  },
  async update(context, { id, olds, news }) {
    if (!sameValue(olds.assumeRolePolicy, news.assumeRolePolicy)) {
      const PolicyDocument = requiredText(news, "assumeRolePolicy");
      await context.clients.iam.send(new iam.UpdateAssumeRolePolicyCommand({ RoleName: id, PolicyDocument }));
    }
    const Description = text(news, "description") ?? "";
    await context.clients.iam.send(
      new iam.UpdateRoleCommand({ RoleName: id, Description, MaxSessionDuration: number(news, "maxSessionDuration") }),
    );
    return {};
  },
  async delete(context, id, state) {
    if (flag(state, "forceDetachPolicies") || state.managedPolicyArns !== undefined) await detachAll(context, id);
    await orMissing(context.clients.iam.send(new iam.DeleteRoleCommand({ RoleName: id })));
  },
};

function roleOutputs(found: iam.Role | undefined): Values {
  return present({ arn: found?.Arn, uniqueId: found?.RoleId, createDate: found?.CreateDate?.toISOString() });
}

async function detachAll(context: Context, RoleName: string): Promise<void> {
  const attached = await orMissing(context.clients.iam.send(new iam.ListAttachedRolePoliciesCommand({ RoleName })));
  for (const { PolicyArn } of attached?.AttachedPolicies ?? []) {
    await orMissing(context.clients.iam.send(new iam.DetachRolePolicyCommand({ RoleName, PolicyArn })));
  }
}

/** The id is `role:policy`, as in the real provider. */
const rolePolicy: ResourceSpec = {
  type: "aws:iam/rolePolicy:RolePolicy",
  autoname: { property: "name", maxLength: 128 },
  computed: [],
  check: (_context, inputs) => Promise.resolve({ ...inputs, policy: policyText(inputs.policy) }),
  async create(context, inputs) {
    await putRolePolicy(context, inputs);
    return { id: `${requiredText(inputs, "role")}:${requiredText(inputs, "name")}`, outputs: {} };
  },
  async read(context, id) {
    const [RoleName, PolicyName] = parts(id, ":");
    const found = await orMissing(context.clients.iam.send(new iam.GetRolePolicyCommand({ RoleName, PolicyName })));
    if (found?.PolicyDocument === undefined) return undefined;
    return { role: RoleName, name: PolicyName, policy: decodeURIComponent(found.PolicyDocument) };
  },
  async update(context, { news }) {
    await putRolePolicy(context, news);
    return {};
  },
  async delete(context, id) {
    const [RoleName, PolicyName] = parts(id, ":");
    await orMissing(context.clients.iam.send(new iam.DeleteRolePolicyCommand({ RoleName, PolicyName })));
  },
};

async function putRolePolicy(context: Context, inputs: Values): Promise<void> {
  const PolicyDocument = requiredText(inputs, "policy");
  const PolicyName = requiredText(inputs, "name");
  await context.clients.iam.send(new iam.PutRolePolicyCommand({ RoleName: requiredText(inputs, "role"), PolicyName, PolicyDocument }));
}

/** The id is `role/policy ARN`: both parts are needed to find it again. */
const rolePolicyAttachment: ResourceSpec = {
  type: "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
  computed: [],
  async create(context, inputs) {
    const RoleName = requiredText(inputs, "role");
    const PolicyArn = requiredText(inputs, "policyArn");
    await context.clients.iam.send(new iam.AttachRolePolicyCommand({ RoleName, PolicyArn }));
    return { id: `${RoleName}/${PolicyArn}`, outputs: {} };
  },
  async read(context, id) {
    const [RoleName, PolicyArn] = parts(id, "/");
    const found = await orMissing(context.clients.iam.send(new iam.ListAttachedRolePoliciesCommand({ RoleName })));
    const attached = found?.AttachedPolicies?.some((policy) => policy.PolicyArn === PolicyArn);
    return attached === true ? { role: RoleName, policyArn: PolicyArn } : undefined;
  },
  async delete(context, id) {
    const [RoleName, PolicyArn] = parts(id, "/");
    await orMissing(context.clients.iam.send(new iam.DetachRolePolicyCommand({ RoleName, PolicyArn })));
  },
};

const policy: ResourceSpec = {
  type: "aws:iam/policy:Policy",
  autoname: { property: "name", maxLength: 128 },
  computed: ["arn", "attachmentCount", "policyId"],
  check: (_context, inputs) => Promise.resolve({ ...inputs, policy: policyText(inputs.policy) }),
  async create(context, inputs) {
    const { Policy } = await context.clients.iam.send(
      new iam.CreatePolicyCommand({
        PolicyName: requiredText(inputs, "name"),
        PolicyDocument: requiredText(inputs, "policy"),
        Description: text(inputs, "description"),
        Path: text(inputs, "path"),
        Tags: tagList(allTags(inputs, context.defaultTags)),
      }),
    );
    const arn = Policy?.Arn ?? "";
    return { id: arn, outputs: present({ arn, policyId: Policy?.PolicyId, attachmentCount: 0 }) };
  },
  async read(context, id) {
    const found = await orMissing(context.clients.iam.send(new iam.GetPolicyCommand({ PolicyArn: id })));
    return found?.Policy && present({ name: found.Policy.PolicyName, arn: id, policyId: found.Policy.PolicyId });
  },
  async update(context, { id, news }) {
    await deleteOldVersions(context, id);
    const PolicyDocument = requiredText(news, "policy");
    await context.clients.iam.send(new iam.CreatePolicyVersionCommand({ PolicyArn: id, PolicyDocument, SetAsDefault: true }));
    return {};
  },
  async delete(context, id) {
    await deleteOldVersions(context, id);
    await orMissing(context.clients.iam.send(new iam.DeletePolicyCommand({ PolicyArn: id })));
  },
};

/** AWS keeps at most five versions of a policy: all but the one in force go. */
async function deleteOldVersions(context: Context, PolicyArn: string): Promise<void> {
  const found = await orMissing(context.clients.iam.send(new iam.ListPolicyVersionsCommand({ PolicyArn })));
  for (const { VersionId, IsDefaultVersion } of found?.Versions ?? []) {
    if (IsDefaultVersion !== true) await orMissing(context.clients.iam.send(new iam.DeletePolicyVersionCommand({ PolicyArn, VersionId })));
  }
}

/** The two parts around the first separator. */
function parts(id: string, separator: string): [string, string] {
  const at = id.indexOf(separator);
  return [id.slice(0, at), id.slice(at + 1)];
}

export const iamResources: readonly ResourceSpec[] = [role, rolePolicy, rolePolicyAttachment, policy];
