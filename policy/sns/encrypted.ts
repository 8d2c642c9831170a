import { rule } from "../rule";

export const snsEncrypted = rule({
  name: "sns-encrypted",
  description: "SNS topics are encrypted: their messages name inputs and results, and may carry them.",
  severity: "medium",
  controls: ["checkov CKV_AWS_26"],
  types: ["aws:sns/topic:Topic"],
  faults: ({ kmsMasterKeyId }) => (kmsMasterKeyId === undefined ? ['kmsMasterKeyId is not set; give a key, or "alias/aws/sns".'] : []),
});
