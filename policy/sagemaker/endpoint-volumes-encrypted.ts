import { hasLocalStorage } from "../../components/instance-storage";
import { list, record, rule } from "../rule";

/** Serverless variants have no volume, and AWS takes no key for the disks of instances that have their own. */
export const sagemakerEndpointVolumesEncrypted = rule({
  name: "sagemaker-endpoint-volumes-encrypted",
  description: "Endpoints encrypt the volumes of their instances with a KMS key, wherever AWS takes one.",
  severity: "medium",
  controls: ["checkov CKV_AWS_98", "AWS Config sagemaker-endpoint-configuration-kms-key-configured"],
  advisory: true,
  types: ["aws:sagemaker/endpointConfiguration:EndpointConfiguration"],
  faults: ({ productionVariants, kmsKeyArn }) => {
    const types = list(productionVariants).map((variant) => record(variant).instanceType);
    const hasVolume = types.some((type) => typeof type === "string" && !hasLocalStorage(type));
    return hasVolume && kmsKeyArn === undefined ? ["kmsKeyArn is not set; give the ARN of a key."] : [];
  },
});
