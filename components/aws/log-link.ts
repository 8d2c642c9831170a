/** The account number of the local platform, which has no console on AWS. */
export const localAccount = "000000000000";

/**
 * Where AWS's console shows a log group, or with `stream` what of it begins so; undefined on the local platform, or when the ARN is not known.
 *
 * @param arn of what has the log, for its partition, region and account
 */
export function logLink(arn: string | undefined, logGroup: string, stream?: string): string | undefined {
  const [, partition = "", , region = "", account = localAccount] = arn?.split(":") ?? [];
  if (account === localAccount || region === "") {
    return undefined;
  }
  const domain = partition === "aws-cn" ? "amazonaws.cn" : partition === "aws-us-gov" ? "amazonaws-us-gov.com" : "aws.amazon.com";
  const host = partition === "aws" ? `${region}.console.${domain}` : `console.${domain}`;
  const filter = stream === undefined ? "" : `$3FlogStreamNameFilter$3D${twice(stream)}`;
  return `https://${host}/cloudwatch/home?region=${region}#logsV2:log-groups/log-group/${twice(logGroup)}${filter}`;
}

/** The console reads these parts encoded twice, with a dollar sign in place of the percent sign. */
function twice(text: string): string {
  return encodeURIComponent(encodeURIComponent(text)).replaceAll("%", "$");
}
