import { rule } from "../rule";

export const kmsRotation = rule({
  name: "kms-rotation",
  description: "KMS keys that encrypt are rotated every year, so that one that leaks opens little.",
  severity: "medium",
  controls: ["Security Hub KMS.4", "checkov CKV_AWS_7"],
  types: ["aws:kms/key:Key"],
  faults: ({ enableKeyRotation, customerMasterKeySpec, keyUsage }) => {
    // AWS rotates keys of this sort only.
    const isSymmetric =
      (customerMasterKeySpec ?? "SYMMETRIC_DEFAULT") === "SYMMETRIC_DEFAULT" && (keyUsage ?? "ENCRYPT_DECRYPT") === "ENCRYPT_DECRYPT";
    return enableKeyRotation === true || !isSymmetric ? [] : ["enableKeyRotation is not true; set it to true."];
  },
});
