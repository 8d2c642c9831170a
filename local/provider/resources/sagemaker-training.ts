import {
  CreateTrainingJobCommand,
  type CreateTrainingJobCommandInput,
  DeleteTrainingJobCommand,
  DescribeTrainingJobCommand,
  StopTrainingJobCommand,
  TrainingJobStatus,
} from "@aws-sdk/client-sagemaker";
import { allTags } from "../autoname";
import { orMissing } from "../errors";
import { omit, pick } from "../shapes";
import type { Context, ResourceSpec } from "../spec";
import { present, requiredText } from "../values";
import { waitFor } from "../waiting";
import { sagemakerRequest, trainingProperties } from "./sagemaker-shapes";
import { tagList } from "./tag-list";

const NOT_SENT = ["region", "tags", "timeouts", "deleteModelPackagesOnDestroy", "deleteVpcEnisOnDestroy", "__defaults"];
const INPUTS = [
  "algorithmSpecification",
  "roleArn",
  "inputDataConfigs",
  "outputDataConfig",
  "resourceConfig",
  "stoppingCondition",
  "hyperParameters",
  "environment",
  "enableManagedSpotTraining",
  "enableNetworkIsolation",
  "enableInterContainerTrafficEncryption",
  "checkpointConfig",
  "vpcConfig",
];

/** Creation returns while the job runs: like the real provider, this resource does not wait for it to complete. */
export const trainingJob: ResourceSpec = {
  type: "aws:sagemaker/trainingJob:TrainingJob",
  computed: ["arn"],
  async create(context, inputs) {
    const name = requiredText(inputs, "trainingJobName");
    const input = { ...sagemakerRequest(omit(inputs, NOT_SENT)), Tags: tagList(allTags(inputs, context.defaultTags)) };
    const { TrainingJobArn } = await context.clients.sagemaker.send(new CreateTrainingJobCommand(input as CreateTrainingJobCommandInput));
    return { id: name, outputs: present({ arn: TrainingJobArn }) };
  },
  async read(context, id) {
    const found = await orMissing(context.clients.sagemaker.send(new DescribeTrainingJobCommand({ TrainingJobName: id })));
    if (found === undefined) return undefined;
    return { ...pick(trainingProperties(found), INPUTS), ...present({ trainingJobName: id, arn: found.TrainingJobArn }) };
  },
  async delete(context, id) {
    if ((await status(context, id)) === TrainingJobStatus.IN_PROGRESS) {
      await orMissing(context.clients.sagemaker.send(new StopTrainingJobCommand({ TrainingJobName: id })));
    }
    await waitFor(
      context.signal,
      () => status(context, id),
      (state) => state !== TrainingJobStatus.STOPPING && state !== TrainingJobStatus.IN_PROGRESS,
    );
    await orMissing(context.clients.sagemaker.send(new DeleteTrainingJobCommand({ TrainingJobName: id })));
  },
};

async function status(context: Context, name: string): Promise<TrainingJobStatus | undefined> {
  return (await orMissing(context.clients.sagemaker.send(new DescribeTrainingJobCommand({ TrainingJobName: name }))))?.TrainingJobStatus;
}
