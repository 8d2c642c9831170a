import { conditionKeys, covers, isForEverybody, sid, statements } from "../documents";
import { rule } from "../rule";

export const s3NoLockout = rule({
  name: "s3-no-lockout",
  description: "No policy of a bucket refuses everybody to change that policy, which only the account's root user could then mend.",
  severity: "high",
  controls: ["checkov CKV_AWS_93"],
  types: ["aws:s3/bucketPolicy:BucketPolicy"],
  faults: ({ policy }) =>
    statements(policy).flatMap((statement, index) =>
      statement.Effect === "Deny" &&
      isForEverybody(statement) &&
      statement.NotPrincipal === undefined &&
      conditionKeys(statement).length === 0 &&
      covers(statement, "s3:PutBucketPolicy")
        ? [`policy, ${sid(statement, index)}, refuses everybody s3:PutBucketPolicy; add a Condition, or name the actions it is for.`]
        : [],
    ),
});
