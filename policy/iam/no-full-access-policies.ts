import { list, rule } from "../rule";

/** AWS's own policies of this kind name no resources, and grow as AWS adds to them. */
const wide = /:iam::aws:policy\/(?:[\w-]+\/)*(AdministratorAccess|PowerUserAccess|\w+FullAccess)$/;

export const iamNoFullAccessPolicies = rule({
  name: "iam-no-full-access-policies",
  description: "No role has a policy of AWS's that gives full access to a service or to everything, such as AmazonSageMakerFullAccess.",
  severity: "high",
  controls: ["checkov CKV_AWS_274", "cdk-nag AwsSolutions-IAM4"],
  types: [
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
    "aws:iam/policyAttachment:PolicyAttachment",
    "aws:iam/role:Role",
    "aws:iam/rolePolicyAttachmentsExclusive:RolePolicyAttachmentsExclusive",
  ],
  faults: ({ policyArn, managedPolicyArns, policyArns }) =>
    [policyArn, managedPolicyArns, policyArns]
      .flatMap(list)
      .map(String)
      .filter((arn) => wide.test(arn))
      .map((arn) => `gives ${wide.exec(arn)?.[1]}; write a policy with the actions and resources that are needed.`),
});
