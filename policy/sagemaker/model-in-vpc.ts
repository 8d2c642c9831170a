import { stackRule } from "../rule";
import { isServerless } from "./serverless-models";

export const sagemakerModelInVpc = stackRule({
  name: "sagemaker-model-in-vpc",
  description:
    "Models run in a VPC of the account, so that security groups decide what they reach. Not for serverless endpoints, which AWS has none for.",
  severity: "medium",
  controls: ["AWS Config sagemaker-model-in-vpc", "Prowler sagemaker_models_vpc_settings_configured"],
  advisory: true,
  types: ["aws:sagemaker/model:Model"],
  faults: (model, all) =>
    model.props.vpcConfig !== undefined || isServerless(model, all) ? [] : ["vpcConfig is not set; give subnets and securityGroupIds."],
});
