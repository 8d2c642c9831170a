import { rule } from "../rule";

export const sagemakerNotebookPrivate = rule({
  name: "sagemaker-notebook-private",
  description: "Notebook instances are in a VPC, without a way of their own to the internet, without root, and encrypted.",
  severity: "high",
  controls: [
    "Security Hub SageMaker.1",
    "Security Hub SageMaker.2",
    "Security Hub SageMaker.3",
    "checkov CKV_AWS_22",
    "checkov CKV_AWS_122",
    "checkov CKV_AWS_307",
  ],
  types: ["aws:sagemaker/notebookInstance:NotebookInstance"],
  faults: ({ directInternetAccess, rootAccess, subnetId, kmsKeyId }) => [
    ...(directInternetAccess === "Disabled" ? [] : ['directInternetAccess is not "Disabled"; set it.']),
    ...(rootAccess === "Disabled" ? [] : ['rootAccess is not "Disabled"; set it.']),
    ...(subnetId === undefined ? ["subnetId is not set; give a private subnet."] : []),
    ...(kmsKeyId === undefined ? ["kmsKeyId is not set; give the ARN of a key."] : []),
  ],
});
