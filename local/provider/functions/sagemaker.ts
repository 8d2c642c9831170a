import { registryAccount } from "../../images/prebuilt/registries";
import type { Context } from "../spec";
import { requiredText, text, type Values } from "../values";

/** The name of one of AWS's prebuilt images. As with the real function, nobody looks whether there is such a tag. */
export function prebuiltEcrImage(context: Context, args: Values): Values {
  const repositoryName = requiredText(args, "repositoryName");
  const imageTag = text(args, "imageTag") ?? "1";
  const account = registryAccount(repositoryName, context.region);
  if (account === undefined) {
    throw new Error(`no registry ID available for region (${context.region}) and repository (${repositoryName})`);
  }
  const suffix = text(args, "dnsSuffix") ?? (context.partition === "aws-cn" ? "amazonaws.com.cn" : "amazonaws.com");
  const registryPath = `${account}.dkr.ecr.${context.region}.${suffix}/${repositoryName}:${imageTag}`;
  return { id: account, registryId: account, registryPath, repositoryName, imageTag, region: context.region };
}
