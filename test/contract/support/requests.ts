import {
  CreateEndpointCommand,
  CreateEndpointConfigCommand,
  CreateModelCommand,
  CreateTrainingJobCommand,
  type CreateTrainingJobCommandInput,
  DescribeTrainingJobCommand,
  waitUntilTrainingJobCompletedOrStopped,
} from "@aws-sdk/client-sagemaker";
import { bucket, type Platform, role } from "./platform";

/** A training job of the echo image with one channel, as small as AWS allows. */
export function trainingJob(
  platform: Pick<Platform, "image">,
  name: string,
  more: Partial<CreateTrainingJobCommandInput> = {},
): CreateTrainingJobCommandInput {
  return {
    TrainingJobName: name,
    RoleArn: role,
    AlgorithmSpecification: { TrainingImage: platform.image.uri, TrainingInputMode: "File" },
    OutputDataConfig: { S3OutputPath: `s3://${bucket}/artifacts` },
    ResourceConfig: { InstanceType: "ml.m5.large", InstanceCount: 1, VolumeSizeInGB: 5 },
    StoppingCondition: { MaxRuntimeInSeconds: 600 },
    ...more,
  };
}

/** A model and an endpoint configuration of one variant, both called `name`. */
export async function createConfig(
  { sagemaker, image }: Pick<Platform, "sagemaker" | "image">,
  name: string,
  more: { readonly environment?: Record<string, string>; readonly modelDataUrl?: string } = {},
): Promise<void> {
  await sagemaker.send(
    new CreateModelCommand({
      ModelName: name,
      ExecutionRoleArn: role,
      PrimaryContainer: { Image: image.uri, ModelDataUrl: more.modelDataUrl, Environment: { VERSION: name, ...more.environment } },
    }),
  );
  await sagemaker.send(
    new CreateEndpointConfigCommand({
      EndpointConfigName: name,
      ProductionVariants: [{ VariantName: "primary", ModelName: name, InstanceType: "ml.m5.large", InitialInstanceCount: 1 }],
    }),
  );
}

/** An endpoint with a model and configuration of its own, all called `name`; it is not waited for. */
export async function createEndpoint(platform: Platform, name: string, more: Parameters<typeof createConfig>[2] = {}): Promise<void> {
  await createConfig(platform, name, more);
  await platform.sagemaker.send(new CreateEndpointCommand({ EndpointName: name, EndpointConfigName: name }));
}

/** Trains the echo image under a job name of its own; resolves to the URI of the model it left. */
export async function trainedModel(platform: Platform, name: string): Promise<string> {
  const { sagemaker } = platform;
  await sagemaker.send(new CreateTrainingJobCommand(trainingJob(platform, name)));
  const waiter = { client: sagemaker, maxWaitTime: 60, minDelay: 0.1, maxDelay: 0.5 };
  await waitUntilTrainingJobCompletedOrStopped(waiter, { TrainingJobName: name });
  const { ModelArtifacts } = await sagemaker.send(new DescribeTrainingJobCommand({ TrainingJobName: name }));
  return ModelArtifacts?.S3ModelArtifacts ?? "";
}
