/** One JSON line per request; no bodies. */
const common = {
  requestId: "$context.requestId",
  time: "$context.requestTime",
  sourceIp: "$context.identity.sourceIp",
  status: "$context.status",
  milliseconds: "$context.responseLatency",
  integrationStatus: "$context.integrationStatus",
};

export const httpAccessLog = JSON.stringify({
  ...common,
  route: "$context.routeKey",
  integrationError: "$context.integrationErrorMessage",
});

/** The key itself is not logged, only which one it was. */
export const restAccessLog = JSON.stringify({
  ...common,
  route: "$context.httpMethod $context.resourcePath",
  apiKeyId: "$context.identity.apiKeyId",
  integrationError: "$context.integration.error",
});
