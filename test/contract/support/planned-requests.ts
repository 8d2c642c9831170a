import { Operations } from "../../../local/provider/operations";
import { Registry } from "../../../local/provider/registry";
import type { Values } from "../../../local/provider/values";
import { testContext } from "../../local/provider/context";
import { type Answer, type Call, type FakeAws, startFakeAws } from "../../local/provider/fake-aws";
import type { Registered } from "../../support/mocks";
import type { AwsRequest } from "./requests-checked";

const arn = (kind: string) => `arn:aws:sagemaker:us-east-1:000000000000:${kind}/e`;

const answers: Readonly<Record<string, object>> = {
  CreateModel: { ModelArn: arn("model") },
  CreateEndpointConfig: { EndpointConfigArn: arn("endpoint-config") },
  CreateEndpoint: { EndpointArn: arn("endpoint") },
  DescribeEndpoint: { EndpointName: "e", EndpointArn: arn("endpoint"), EndpointStatus: "InService", CreationTime: 1, LastModifiedTime: 1 },
  CreateTrainingJob: { TrainingJobArn: arn("training-job") },
  RegisterScalableTarget: { ScalableTargetARN: arn("scalable-target") },
  DescribeScalableTargets: { ScalableTargets: [] },
  PutScalingPolicy: { PolicyARN: arn("policy"), Alarms: [] },
  PutScheduledAction: {},
  DescribeScheduledActions: { ScheduledActions: [] },
  CreateDomain: { DomainArn: arn("domain"), DomainId: "d-1", Url: "https://d-1.studio.us-east-1.sagemaker.aws" },
  DescribeDomain: { DomainId: "d-1", DomainArn: arn("domain"), Status: "InService" },
  CreateUserProfile: { UserProfileArn: arn("user-profile") },
  DescribeUserProfile: { DomainId: "d-1", UserProfileArn: arn("user-profile"), Status: "InService" },
};

/** Types whose requests AWS publishes in the protocol that is spoken here. */
const made = /^aws:(sagemaker|appautoscaling)\//;
const scaling = /Scal|Scheduled/;

/** An AWS that answers whatever is sent to it, and remembers it. */
export function startAnsweringAws(): Promise<FakeAws> {
  return startFakeAws(({ target }: Call): Answer => ({ output: answers[target] ?? {} }));
}

/** What the provider sends to AWS to make the resources of SageMaker's and of its scaling that are planned. */
export async function requestsOf(planned: readonly Registered[], aws: FakeAws): Promise<AwsRequest[]> {
  aws.calls.length = 0;
  const operations = new Operations(new Registry());
  for (const { type, name: resource, inputs } of planned.filter((each) => made.test(each.type))) {
    const context = testContext({ endpointUrl: aws.url, urn: `urn:pulumi:test::project::${type}::${resource}` });
    const values = JSON.parse(JSON.stringify(inputs)) as Values;
    const checked = await operations.check(context, type, values, {}, { logicalName: resource, seed: Buffer.alloc(32) });
    await operations.create(context, type, checked, false);
  }
  return aws.calls
    .filter(({ target }) => !target.startsWith("Describe"))
    .map(({ target, input }) => ({ service: scaling.test(target) ? "application-autoscaling" : "sagemaker", operation: target, input }));
}
