import { record, rule } from "../rule";

export const sagemakerTrainingTrafficEncrypted = rule({
  name: "sagemaker-training-traffic-encrypted",
  description: "Training jobs on several instances encrypt what goes between them.",
  severity: "medium",
  controls: ["Prowler sagemaker_training_jobs_intercontainer_encryption_enabled"],
  types: ["aws:sagemaker/trainingJob:TrainingJob"],
  faults: ({ resourceConfig, enableInterContainerTrafficEncryption }) =>
    Number(record(resourceConfig).instanceCount ?? 1) > 1 && enableInterContainerTrafficEncryption !== true
      ? ["enableInterContainerTrafficEncryption is not true; set it to true."]
      : [],
});
