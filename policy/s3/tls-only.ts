import { isForEverybody, type PolicyStatement, statements } from "../documents";
import { bucketParts, bucketTypes } from "../related";
import { list, record, stackRule } from "../rule";

export const s3TlsOnly = stackRule({
  name: "s3-tls-only",
  description: "Every S3 bucket has a policy that refuses requests without TLS.",
  severity: "medium",
  controls: ["Security Hub S3.5"],
  types: bucketTypes,
  faults: (bucket, all) =>
    bucketParts(bucket, all, "BucketPolicy").some(({ props }) => statements(props.policy).some(refusesPlainHttp))
      ? []
      : ["has no BucketPolicy that denies s3:* to everybody when aws:SecureTransport is false; add that statement."],
});

function refusesPlainHttp(statement: PolicyStatement): boolean {
  const isEvery = list(statement.Action).some((action) => action === "s3:*" || action === "*");
  return (
    statement.Effect === "Deny" &&
    isEvery &&
    isForEverybody(statement) &&
    String(record(record(statement.Condition).Bool)["aws:SecureTransport"]) === "false"
  );
}
