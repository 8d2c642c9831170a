import * as lambda from "@aws-sdk/client-lambda";
import { allTags } from "../autoname";
import { bytesOf } from "../bytes";
import { sameValue } from "../diff";
import { orMissing } from "../errors";
import type { Context, ResourceSpec } from "../spec";
import { Archive, block, flag, number, present, requiredText, text, textMap, texts, type Values } from "../values";
import { waitFor } from "../waiting";

const CODE = ["code", "s3Bucket", "s3Key", "s3ObjectVersion", "imageUri", "sourceCodeHash", "architectures"];
const VERSIONED = ["version", "qualifiedArn", "qualifiedInvokeArn"];

const lambdaFunction: ResourceSpec = {
  type: "aws:lambda/function:Function",
  autoname: { property: "name", maxLength: 64 },
  computed: ["arn", "codeSha256", "invokeArn", "lastModified", "sourceCodeHash", "sourceCodeSize", ...VERSIONED],
  async create(context, inputs) {
    const name = requiredText(inputs, "name");
    await context.clients.lambda.send(
      new lambda.CreateFunctionCommand({
        ...configuration(inputs),
        FunctionName: name,
        Role: requiredText(inputs, "role"),
        PackageType: text(inputs, "packageType") as lambda.PackageType | undefined,
        Architectures: texts(inputs, "architectures") as lambda.Architecture[] | undefined,
        Publish: flag(inputs, "publish"),
        Code: await code(context, inputs),
        Tags: allTags(inputs, context.defaultTags),
      }),
    );
    return { id: name, outputs: await ready(context, name) };
  },
  async read(context, id) {
    const found = await orMissing(context.clients.lambda.send(new lambda.GetFunctionConfigurationCommand({ FunctionName: id })));
    if (found === undefined) return undefined;
    const inputs = present({
      name: id,
      role: found.Role,
      handler: found.Handler,
      runtime: found.Runtime,
      timeout: found.Timeout,
      memorySize: found.MemorySize,
      environment: found.Environment?.Variables && { variables: found.Environment.Variables },
    });
    return { ...inputs, ...functionOutputs(context, found) };
  },
  async update(context, { id, olds, news }) {
    if (changed(olds, news, CODE)) {
      const input = { FunctionName: id, ...(await code(context, news)), Publish: flag(news, "publish") };
      await context.clients.lambda.send(new lambda.UpdateFunctionCodeCommand(input));
      await ready(context, id);
    }
    const rest = Object.keys({ ...olds, ...news }).filter((name) => !CODE.includes(name) && name !== "publish");
    if (changed(olds, news, rest)) {
      const input = { ...configuration(news), FunctionName: id, Role: requiredText(news, "role") };
      await context.clients.lambda.send(new lambda.UpdateFunctionConfigurationCommand(input));
    }
    return ready(context, id);
  },
  async delete(context, id) {
    await orMissing(context.clients.lambda.send(new lambda.DeleteFunctionCommand({ FunctionName: id })));
  },
  renewed: (olds, news) => [
    "lastModified",
    ...(flag(news, "publish") ? VERSIONED : []),
    ...(changed(olds, news, CODE) ? ["codeSha256", "sourceCodeHash", "sourceCodeSize"] : []),
  ],
};

function changed(olds: Values, news: Values, names: readonly string[]): boolean {
  return names.some((name) => !sameValue(olds[name], news[name]));
}

function configuration(inputs: Values): Omit<lambda.UpdateFunctionConfigurationCommandInput, "FunctionName"> {
  const vpc = block(inputs, "vpcConfig");
  const Mode = text(block(inputs, "tracingConfig"), "mode") as lambda.TracingMode | undefined;
  const Size = number(block(inputs, "ephemeralStorage"), "size");
  return {
    Description: text(inputs, "description"),
    Handler: text(inputs, "handler"),
    Runtime: text(inputs, "runtime") as lambda.Runtime | undefined,
    Timeout: number(inputs, "timeout"),
    MemorySize: number(inputs, "memorySize"),
    Environment: { Variables: textMap(block(inputs, "environment"), "variables") ?? {} },
    Layers: texts(inputs, "layers"),
    ...(Mode !== undefined && { TracingConfig: { Mode } }),
    ...(Size !== undefined && { EphemeralStorage: { Size } }),
    ...(vpc !== undefined && { VpcConfig: { SubnetIds: texts(vpc, "subnetIds"), SecurityGroupIds: texts(vpc, "securityGroupIds") } }),
  };
}

async function code(context: Context, inputs: Values): Promise<lambda.FunctionCode> {
  if (inputs.code instanceof Archive) return { ZipFile: await bytesOf(inputs.code, context.absolute) };
  return {
    S3Bucket: text(inputs, "s3Bucket"),
    S3Key: text(inputs, "s3Key"),
    S3ObjectVersion: text(inputs, "s3ObjectVersion"),
    ImageUri: text(inputs, "imageUri"),
  };
}

/** Waits until the function can be invoked with its latest code and configuration. */
async function ready(context: Context, FunctionName: string): Promise<Values> {
  const found = await waitFor(
    context.signal,
    () => context.clients.lambda.send(new lambda.GetFunctionConfigurationCommand({ FunctionName })),
    (state) => state.State !== lambda.State.Pending && state.LastUpdateStatus !== lambda.LastUpdateStatus.InProgress,
  );
  if (found.State === lambda.State.Failed) throw new Error(`the function did not become active: ${found.StateReason ?? "no reason given"}`);
  if (found.LastUpdateStatus === lambda.LastUpdateStatus.Failed)
    throw new Error(`the update failed: ${found.LastUpdateStatusReason ?? "no reason given"}`);
  return functionOutputs(context, found);
}

function functionOutputs({ partition, region }: Context, found: lambda.FunctionConfiguration): Values {
  const arn = found.FunctionArn ?? "";
  const version = found.Version ?? "$LATEST";
  const invoke = (target: string) => `arn:${partition}:apigateway:${region}:lambda:path/2015-03-31/functions/${target}/invocations`;
  return present({
    arn,
    version,
    invokeArn: invoke(arn),
    qualifiedArn: `${arn}:${version}`,
    qualifiedInvokeArn: invoke(`${arn}:${version}`),
    lastModified: found.LastModified,
    codeSha256: found.CodeSha256,
    sourceCodeHash: found.CodeSha256,
    sourceCodeSize: found.CodeSize,
  });
}

const permission: ResourceSpec = {
  type: "aws:lambda/permission:Permission",
  autoname: { property: "statementId", maxLength: 100 },
  computed: [],
  async create(context, inputs) {
    const id = requiredText(inputs, "statementId");
    await context.clients.lambda.send(
      new lambda.AddPermissionCommand({
        FunctionName: requiredText(inputs, "function"),
        StatementId: id,
        Action: requiredText(inputs, "action"),
        Principal: requiredText(inputs, "principal"),
        SourceArn: text(inputs, "sourceArn"),
        FunctionUrlAuthType: text(inputs, "functionUrlAuthType") as lambda.FunctionUrlAuthType | undefined,
        InvokedViaFunctionUrl: flag(inputs, "invokedViaFunctionUrl"),
        SourceAccount: text(inputs, "sourceAccount"),
        Qualifier: text(inputs, "qualifier"),
        EventSourceToken: text(inputs, "eventSourceToken"),
      }),
    );
    return { id, outputs: {} };
  },
  async read(context, id, state) {
    const FunctionName = text(state, "function");
    if (FunctionName === undefined)
      throw new Error("a permission is imported by its function, which the id does not tell: declare it anew");
    const input = { FunctionName, Qualifier: text(state, "qualifier") };
    const found = await orMissing(context.clients.lambda.send(new lambda.GetPolicyCommand(input)));
    return found?.Policy?.includes(`"${id}"`) ? { statementId: id } : undefined;
  },
  async delete(context, id, state) {
    const input = { FunctionName: requiredText(state, "function"), StatementId: id, Qualifier: text(state, "qualifier") };
    await orMissing(context.clients.lambda.send(new lambda.RemovePermissionCommand(input)));
  },
};

export const lambdaResources: readonly ResourceSpec[] = [lambdaFunction, permission];
