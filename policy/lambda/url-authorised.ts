import { rule } from "../rule";

export const lambdaUrlAuthorised = rule({
  name: "lambda-url-authorised",
  description: "Function URLs ask who calls.",
  severity: "high",
  controls: ["checkov CKV_AWS_258"],
  types: ["aws:lambda/functionUrl:FunctionUrl"],
  faults: ({ authorizationType }) =>
    authorizationType === "AWS_IAM" ? [] : [`authorizationType is ${JSON.stringify(authorizationType)}; set it to "AWS_IAM".`],
});
