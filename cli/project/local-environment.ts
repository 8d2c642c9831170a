import { devNull } from "node:os";
import type { DaemonRecord } from "../daemon/record";

/** Variables with which an AWS client would reach, or could be led to, a real account. */
const real =
  /^AWS_(PROFILE|DEFAULT_PROFILE|SESSION_TOKEN|SECURITY_TOKEN|ROLE_ARN|ROLE_SESSION_NAME|WEB_IDENTITY_TOKEN_FILE|CONTAINER_.*|ENDPOINT_URL.*|CREDENTIAL_EXPIRATION)$/;

/** The caller's environment with nothing in it that leads to a real AWS account. */
export function localEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const kept = Object.entries(env).filter(([name]) => !real.test(name));
  return {
    ...Object.fromEntries(kept),
    AWS_ACCESS_KEY_ID: "test",
    AWS_SECRET_ACCESS_KEY: "test",
    AWS_EC2_METADATA_DISABLED: "true",
    AWS_CONFIG_FILE: devNull,
    AWS_SHARED_CREDENTIALS_FILE: devNull,
  };
}

/** The variables that make any AWS client talk to a local platform, as `slipway env` prints them. */
export function clientVariables(record: Pick<DaemonRecord, "port" | "region">): Record<string, string> {
  return {
    AWS_ENDPOINT_URL: `http://localhost:${record.port}`,
    AWS_REGION: record.region,
    AWS_DEFAULT_REGION: record.region,
    AWS_ACCESS_KEY_ID: "test",
    AWS_SECRET_ACCESS_KEY: "test",
    AWS_EC2_METADATA_DISABLED: "true",
  };
}
