/** A check of checkov's that a part of the plan fails, and why that is right. Reviewed like code: what is not here and fails, or is here and passes, fails the test. */
export interface CheckWaiver {
  /** Which resources, by the name of their type and their own, such as `aws_s3_bucket.shop-artifacts`. */
  readonly resources: RegExp;
  readonly reason: string;
}

const serverless = /\.flowers-endpoint-(model|config)$/;
const functions = /^aws_lambda_function\./;
const restStage = /^aws_api_gateway_stage\./;

export const waivers: Readonly<Record<string, CheckWaiver>> = {
  CKV_AWS_50: {
    resources: functions,
    reason:
      "The function is one call of the model; its time and status are in the access log. Tracing would ask for a further permission on every resource.",
  },
  CKV_AWS_73: { resources: restStage, reason: "As CKV_AWS_50." },
  CKV_AWS_98: { resources: serverless, reason: "A serverless endpoint has no volume, and AWS takes no key for one." },
  CKV_AWS_115: {
    resources: functions,
    reason:
      "A limit of its own takes from the account's for all other functions; `reservedConcurrency` sets one, and every API limits requests.",
  },
  CKV_AWS_116: {
    resources: functions,
    reason: "API Gateway waits for the answer of the function: nothing is lost that a queue could keep.",
  },
  CKV_AWS_117: {
    resources: functions,
    reason: "The function speaks to AWS's own APIs only; in a network it would gain a way to that network.",
  },
  CKV_AWS_120: { resources: restStage, reason: "Answers of a model to POST are not to be kept: they are of one caller." },
  CKV_AWS_144: {
    resources: /^aws_s3_bucket\./,
    reason: "A copy in another region is a choice of the account's (where data may be); versions are kept in this one.",
  },
  CKV_AWS_145: {
    resources: /^aws_s3_bucket\.shop-artifacts-logs$/,
    reason: "S3 puts access logs into no bucket that a key of KMS encrypts; S3's own key does.",
  },
  CKV_AWS_173: {
    resources: functions,
    reason: "The environment holds the endpoint's name, prefixes and limits, no secret; AWS encrypts it with its own key.",
  },
  CKV_AWS_217: { resources: /\.flowers-api-deployment$/, reason: "Terraform's setting; Pulumi makes the new one first by default." },
  CKV_AWS_225: { resources: /\.flowers-api-throttle$/, reason: "As CKV_AWS_120." },
  CKV_AWS_237: { resources: /\.flowers-api$/, reason: "As CKV_AWS_217." },
  CKV_AWS_272: {
    resources: functions,
    reason: "The code is bundled from this package by whoever deploys; there is no signer apart from the deployer.",
  },
  CKV_AWS_370: {
    resources: /\.(flowers|night)-endpoint-model$/,
    reason: "Network isolation is a choice per model (`networkIsolation`); AWS has none for serverless endpoints.",
  },
  CKV2_AWS_4: {
    resources: restStage,
    reason: "Execution logs hold parts of requests; the access log says who asked for what and how it ended.",
  },
  CKV2_AWS_29: {
    resources: restStage,
    reason: "A firewall is of the account, and may be bound to the stage; every API asks who calls, and limits requests.",
  },
  CKV2_AWS_34: {
    resources: /^aws_ssm_parameter\./,
    reason: "The parameter says how to call the model; it is for everybody who may read parameters, and holds no secret.",
  },
  CKV2_AWS_51: {
    resources: restStage,
    reason: "Callers are known by AWS_IAM, JWT or keys; certificates of clients need a domain of the account's.",
  },
  CKV2_AWS_62: { resources: /^aws_s3_bucket\./, reason: "Nothing waits for objects of the bucket; events are for whoever does." },
};

/** Checks that pass and that no change of the plan could fail. */
export const withoutControl: Readonly<Record<string, string>> = {
  CKV2_AWS_35: "looks at the instance_id of routes, an argument that Terraform's provider no longer has (translate.test.ts shows it)",
  CKV_AWS_93: "reads a bucket's policy neither as text nor as checkov reads it from JSON, only from HCL; s3-no-lockout looks at the same",
};
