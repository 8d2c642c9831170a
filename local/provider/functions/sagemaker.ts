import type { Context } from "../spec";
import { requiredText, text, type Values } from "../values";

/**
 * Registry accounts of the prebuilt framework images in the regions SageMaker's own documentation lists first; the local endpoint
 * never pulls from them, it only has to name them alike (docs.aws.amazon.com/sagemaker/latest/dg-ecr-paths).
 */
const FRAMEWORK_ACCOUNT = "763104351884";

export function prebuiltEcrImage(context: Context, args: Values): Values {
  const repositoryName = requiredText(args, "repositoryName");
  const imageTag = text(args, "imageTag") ?? "1";
  const suffix = text(args, "dnsSuffix") ?? (context.partition === "aws-cn" ? "amazonaws.com.cn" : "amazonaws.com");
  const registryPath = `${FRAMEWORK_ACCOUNT}.dkr.ecr.${context.region}.${suffix}/${repositoryName}:${imageTag}`;
  return { id: FRAMEWORK_ACCOUNT, registryId: FRAMEWORK_ACCOUNT, registryPath, repositoryName, imageTag, region: context.region };
}
