import { record, rule } from "../rule";

export const apigatewayNoDataTrace = rule({
  name: "apigateway-no-data-trace",
  description: "Methods of APIs do not log the bodies of requests and answers, which are what people asked of a model.",
  severity: "high",
  controls: ["checkov CKV_AWS_276"],
  types: ["aws:apigateway/methodSettings:MethodSettings"],
  faults: ({ settings }) => (record(settings).dataTraceEnabled === true ? ["settings.dataTraceEnabled is true; set it to false."] : []),
});
