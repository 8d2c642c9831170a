import { rule } from "../rule";

export const apigatewayRoutesAuthorised = rule({
  name: "apigateway-routes-authorised",
  description: "Routes and methods of APIs ask who calls.",
  severity: "high",
  controls: ["Security Hub APIGateway.8", "checkov CKV_AWS_59", "checkov CKV_AWS_309"],
  advisory: true,
  types: ["aws:apigatewayv2/route:Route", "aws:apigateway/method:Method"],
  faults: ({ authorizationType, authorization, apiKeyRequired, httpMethod }, type) => {
    const isRoute = type === "aws:apigatewayv2/route:Route";
    // A browser's preflight carries no credentials.
    if (apiKeyRequired === true || httpMethod === "OPTIONS" || ((isRoute ? authorizationType : authorization) ?? "NONE") !== "NONE")
      return [];
    return [`${isRoute ? "authorizationType" : "authorization"} is "NONE"; set AWS_IAM, JWT or another.`];
  },
});
