import { rule } from "../rule";

export const sagemakerTrainingNetworkIsolated = rule({
  name: "sagemaker-training-network-isolated",
  description: "Containers of training jobs have no network, so that code in an image cannot send data away.",
  severity: "medium",
  controls: ["Prowler sagemaker_training_jobs_network_isolation_enabled"],
  advisory: true,
  types: ["aws:sagemaker/trainingJob:TrainingJob"],
  faults: ({ enableNetworkIsolation }) => (enableNetworkIsolation === true ? [] : ["enableNetworkIsolation is not true; set it to true."]),
});
