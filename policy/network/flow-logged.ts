import { partsOfVpc } from "../related";
import { stackRule } from "../rule";

export const networkFlowLogged = stackRule({
  name: "network-flow-logged",
  description: "Every VPC logs its connections.",
  severity: "medium",
  controls: ["Security Hub EC2.6", "checkov CKV2_AWS_11", "cdk-nag AwsSolutions-VPC7"],
  advisory: true,
  types: ["aws:ec2/vpc:Vpc"],
  faults: (vpc, all) =>
    partsOfVpc(vpc, all, "aws:ec2/flowLog:FlowLog").length > 0 ? [] : ["has no FlowLog; create one, with trafficType and a destination."],
});
