import { rule } from "../rule";

export const sagemakerTrainingInVpc = rule({
  name: "sagemaker-training-in-vpc",
  description: "Training jobs run in a VPC of the account, so that security groups decide what they reach.",
  severity: "medium",
  controls: ["Prowler sagemaker_training_jobs_vpc_settings_configured"],
  advisory: true,
  types: ["aws:sagemaker/trainingJob:TrainingJob"],
  faults: ({ vpcConfig }) => (vpcConfig === undefined ? ["vpcConfig is not set; give subnets and securityGroupIds."] : []),
});
