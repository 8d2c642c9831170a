import { record, rule } from "../rule";

export const apigatewayAccessLogged = rule({
  name: "apigateway-access-logged",
  description: "Stages of APIs log who asked for what.",
  severity: "medium",
  controls: ["Security Hub APIGateway.9", "checkov CKV_AWS_76", "checkov CKV_AWS_95"],
  types: ["aws:apigatewayv2/stage:Stage", "aws:apigateway/stage:Stage"],
  // In a preview the log group's ARN may not be known: that there is a setting is enough.
  faults: ({ accessLogSettings }) =>
    "destinationArn" in record(accessLogSettings) ? [] : ["accessLogSettings is not set; give destinationArn and format."],
});
