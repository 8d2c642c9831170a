import type { ReplaceRule } from "./diff";
import { forceNew } from "./force-new.data";
import { recorded } from "./recorded";
import { apiKeyResources } from "./resources/api-keys";
import { apigatewayResources } from "./resources/apigateway";
import { apigatewayv2Resources } from "./resources/apigatewayv2";
import { appautoscalingResources } from "./resources/appautoscaling";
import { cloudwatchResources } from "./resources/cloudwatch";
import { dockerImage } from "./resources/docker-image";
import { ecrResources } from "./resources/ecr";
import { iamResources } from "./resources/iam";
import { kmsResources } from "./resources/kms";
import { lambdaResources } from "./resources/lambda";
import { functionUrl } from "./resources/lambda-url";
import { messagingResources } from "./resources/messaging";
import { bucket } from "./resources/s3-bucket";
import { bucketObject } from "./resources/s3-object";
import { bucketSettings } from "./resources/s3-settings";
import { endpoint } from "./resources/sagemaker-endpoint";
import { endpointConfiguration, model } from "./resources/sagemaker-hosting";
import { domain, userProfile } from "./resources/sagemaker-studio";
import { trainingJob } from "./resources/sagemaker-training";
import { parameter } from "./resources/ssm";
import type { ResourceSpec } from "./spec";

/** Every resource type with a real effect on the local endpoint. */
const real: readonly ResourceSpec[] = [
  trainingJob,
  model,
  endpointConfiguration,
  endpoint,
  domain,
  userProfile,
  bucket,
  bucketObject,
  ...bucketSettings,
  ...ecrResources,
  ...iamResources,
  ...lambdaResources,
  functionUrl,
  ...apigatewayResources,
  ...apiKeyResources,
  ...apigatewayv2Resources,
  ...appautoscalingResources,
  ...cloudwatchResources,
  ...messagingResources,
  ...kmsResources,
  parameter,
  dockerImage,
];

/** The table of resource types: those with local behaviour, any other `aws:` type recorded. */
export class Registry {
  readonly #specs: ReadonlyMap<string, ResourceSpec>;

  constructor(specs: readonly ResourceSpec[] = real) {
    this.#specs = new Map(specs.map((spec) => [spec.type, spec]));
  }

  /** The types with local behaviour. */
  types(): string[] {
    return [...this.#specs.keys()];
  }

  /** Throws for a type of a package that cannot be recorded. */
  spec(type: string): ResourceSpec {
    const known = this.#specs.get(type);
    if (known !== undefined) return known;
    if (type.startsWith("aws:")) return recorded(type);
    throw new Error(`${type} has no local behaviour: run this stack on AWS, or leave the resource out of the local stack`);
  }

  /** What of the type is replaced and not updated; an unlisted type updates everything in place but its region. */
  replaceRule(type: string): ReplaceRule {
    const entry: ReplaceRule | undefined = new Map<string, ReplaceRule>(Object.entries(forceNew)).get(type);
    if (!type.startsWith("aws:")) return entry ?? { replaces: [] };
    return { ...entry, replaces: ["region", ...(entry?.replaces ?? [])] };
  }

  /** The type as the real provider writes it in messages, such as `SageMaker AI Endpoint Configuration`. */
  title(type: string): string {
    const [module = "", name = type] =
      type
        .split("/")[0]
        ?.split(":")
        .slice(1)
        .concat(type.split(":").pop() ?? "") ?? [];
    return `${SERVICES[module] ?? module} ${name.replace(/([a-z0-9])([A-Z])/g, "$1 $2")}`.trim();
  }
}

const SERVICES: Readonly<Record<string, string>> = {
  apigateway: "API Gateway",
  apigatewayv2: "API Gateway v2",
  appautoscaling: "Application Auto Scaling",
  cloudwatch: "CloudWatch",
  ec2: "EC2",
  ecr: "ECR",
  iam: "IAM",
  index: "Docker",
  kms: "KMS",
  lambda: "Lambda",
  s3: "S3",
  sagemaker: "SageMaker AI",
  sns: "SNS",
  sqs: "SQS",
  ssm: "SSM",
};
