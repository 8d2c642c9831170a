import { type Checks, list, required, text } from "../arguments";
import type { AwsScope } from "./arns";
import { policyDocument } from "./policies";

/** Which jobs of GitHub Actions are trusted. */
export interface GithubTrustArgs {
  /** Repository, as `owner/name`. */
  repository: string;
  /** Environments whose jobs are trusted, such as `production`: GitHub's own rules say who may run those. At least one; a branch is not enough, as anyone who may push a workflow file can run it there. */
  environments: string[];
}

export const githubTrustChecks: Checks<GithubTrustArgs> = {
  repository: required(text({ pattern: /^[\w.-]+\/[\w.-]+$/, allowed: "<owner>/<name>" })),
  environments: required(list(text({ pattern: /^[^*?:]+$/, allowed: "the name of an environment, without * and ?" }), { min: 1, max: 20 })),
};

const issuer = "token.actions.githubusercontent.com";

/** Only those jobs, with a token made for AWS, by the account's own identity provider for GitHub. */
export function githubTrust({ repository, environments }: GithubTrustArgs, { partition, accountId }: AwsScope): string {
  return policyDocument([
    {
      Effect: "Allow",
      Principal: { Federated: `arn:${partition}:iam::${accountId}:oidc-provider/${issuer}` },
      Action: "sts:AssumeRoleWithWebIdentity",
      Condition: {
        StringEquals: {
          [`${issuer}:aud`]: "sts.amazonaws.com",
          [`${issuer}:sub`]: environments.map((environment) => `repo:${repository}:environment:${environment}`),
        },
      },
    },
  ]);
}
