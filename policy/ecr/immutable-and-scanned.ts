import { record, rule } from "../rule";

/** An image is what was tested: its tag cannot be moved to another, and its known vulnerabilities are listed. */
export const ecrImmutableAndScanned = rule({
  name: "ecr-immutable-and-scanned",
  description: "ECR repositories keep tags immutable and scan images on push, so that what runs is what was reviewed.",
  severity: "high",
  controls: ["Security Hub ECR.1", "Security Hub ECR.2", "checkov CKV_AWS_51", "checkov CKV_AWS_163"],
  types: ["aws:ecr/repository:Repository"],
  faults: (repository) => [
    ...(repository.imageTagMutability === "IMMUTABLE"
      ? []
      : [`imageTagMutability is ${JSON.stringify(repository.imageTagMutability ?? "MUTABLE")}; set it to "IMMUTABLE".`]),
    ...(record(repository.imageScanningConfiguration).scanOnPush === true
      ? []
      : ["imageScanningConfiguration.scanOnPush is not true; set it to true."]),
  ],
});
