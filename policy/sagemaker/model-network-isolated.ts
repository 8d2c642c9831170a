import { stackRule } from "../rule";
import { isServerless } from "./serverless-models";

export const sagemakerModelNetworkIsolated = stackRule({
  name: "sagemaker-model-network-isolated",
  description:
    "Containers of models have no network, so that code in an image cannot send data away. Not for serverless endpoints, which AWS has none for.",
  severity: "medium",
  controls: ["Security Hub SageMaker.5", "checkov CKV_AWS_370", "Prowler sagemaker_models_network_isolation_enabled"],
  advisory: true,
  types: ["aws:sagemaker/model:Model"],
  faults: (model, all) =>
    model.props.enableNetworkIsolation === true || isServerless(model, all) ? [] : ["enableNetworkIsolation is not true; set it to true."],
});
