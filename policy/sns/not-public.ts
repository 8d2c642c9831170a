import { openToAll, sid } from "../documents";
import { rule } from "../rule";

export const snsNotPublic = rule({
  name: "sns-not-public",
  description: "No policy of an SNS topic lets everybody publish or subscribe.",
  severity: "high",
  controls: ["checkov CKV_AWS_169"],
  types: ["aws:sns/topic:Topic", "aws:sns/topicPolicy:TopicPolicy"],
  faults: ({ policy }) =>
    openToAll(policy).map(
      (statement, index) => `policy, ${sid(statement, index)}, is for everybody; name accounts or services as Principal.`,
    ),
});
