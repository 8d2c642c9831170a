import { hasLocalStorage } from "../../components/instance-storage";
import { record, rule } from "../rule";

export const sagemakerTrainingEncrypted = rule({
  name: "sagemaker-training-encrypted",
  description: "Training jobs encrypt volumes and output with a KMS key, wherever AWS takes one.",
  severity: "medium",
  controls: ["Prowler sagemaker_training_jobs_volume_and_output_encryption_enabled"],
  advisory: true,
  types: ["aws:sagemaker/trainingJob:TrainingJob"],
  faults: ({ resourceConfig, outputDataConfig }) => {
    const { instanceType, volumeKmsKeyId } = record(resourceConfig);
    const hasVolume = typeof instanceType === "string" && !hasLocalStorage(instanceType);
    return [
      ...(hasVolume && volumeKmsKeyId === undefined ? ["resourceConfig.volumeKmsKeyId is not set; give the ARN of a key."] : []),
      ...(record(outputDataConfig).kmsKeyId === undefined ? ["outputDataConfig.kmsKeyId is not set; give the ARN of a key."] : []),
    ];
  },
});
