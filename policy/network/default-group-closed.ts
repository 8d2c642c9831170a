import { partsOfVpc } from "../related";
import { list, stackRule } from "../rule";

/** What is started without a group gets the default one, whose own rules let its members reach each other and everything else. */
export const networkDefaultGroupClosed = stackRule({
  name: "network-default-group-closed",
  description: "The default security group of every VPC has no rules.",
  severity: "high",
  controls: ["Security Hub EC2.2", "checkov CKV2_AWS_12"],
  types: ["aws:ec2/vpc:Vpc"],
  faults: (vpc, all) => {
    const [group] = partsOfVpc(vpc, all, "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup");
    if (group === undefined) return ["has no DefaultSecurityGroup; create one without ingress and egress."];
    const open = ["ingress", "egress"].filter((key) => list(group.props[key]).length > 0);
    return open.map((key) => `its DefaultSecurityGroup has ${key}; remove it, and give what needs rules a group of its own.`);
  },
});
