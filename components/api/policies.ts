import { type AwsScope, logGroupArns } from "../iam/arns";

/** Only the Lambda service may assume the function's role. */
export const lambdaTrust = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Principal: { Service: "lambda.amazonaws.com" }, Action: "sts:AssumeRole" }],
});

/** The function calls one endpoint and writes its own log. */
export function callerPermissions(scope: AwsScope, endpoint: string, logGroup: string): string {
  return JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      { Sid: "InvokeModel", Effect: "Allow", Action: ["sagemaker:InvokeEndpoint"], Resource: [endpoint] },
      {
        Sid: "WriteLogs",
        Effect: "Allow",
        Action: ["logs:CreateLogStream", "logs:PutLogEvents"],
        Resource: logGroupArns(scope, logGroup).slice(1),
      },
    ],
  });
}
