import { tmpdir } from "node:os";
import { describe, expect, test } from "vitest";
import { curlCommand } from "../../cli/commands/last-screen";
import type { Project } from "../../cli/project/project";
import { type DeployedModel, readModel } from "../../client/model-outputs";

const view = {
  project: { root: tmpdir() } as Project,
  cwd: tmpdir(),
  daemon: { endpointUrl: "http://localhost:4566", region: "us-east-1" },
};

function model(more: object): DeployedModel {
  const read = readModel("iris", {
    endpointName: "e",
    kind: "realtime",
    region: "eu-west-1",
    apiUrl: "http://localhost:4566/api/iris",
    ...more,
  });
  if (read === undefined) throw new Error("the description is one");
  return read;
}

describe("the command that asks a model's API", () => {
  const rest = "-H 'content-type: application/json' -d '{}' http://localhost:4566/api/iris";

  test("is bare where everyone may ask", () => {
    expect(curlCommand(view, model({ apiKind: "http", apiAuthorization: "NONE" }))).toBe(`curl ${rest}`);
  });

  test("reads a key when it runs, and does not show it", () => {
    expect(curlCommand(view, model({ apiKind: "rest", apiAuthorization: "NONE", apiKeyId: "a1b2" }))).toBe(
      `curl -H "x-api-key: $(curl -s 'http://localhost:4566/_slipway/api-keys/a1b2?region=eu-west-1')" ${rest}`,
    );
  });

  test("signs where that is asked for, and takes a stream as it comes", () => {
    expect(curlCommand(view, model({ apiKind: "http", apiAuthorization: "AWS_IAM" }))).toBe(
      `curl --aws-sigv4 aws:amz:eu-west-1:execute-api --user test:test ${rest}`,
    );
    expect(curlCommand(view, model({ apiKind: "stream", apiAuthorization: "AWS_IAM" }))).toBe(
      `curl -N --aws-sigv4 aws:amz:eu-west-1:lambda --user test:test ${rest}`,
    );
  });

  test("leaves room for a token", () => {
    expect(curlCommand(view, model({ apiKind: "http", apiAuthorization: "JWT" }))).toBe(`curl -H "authorization: Bearer $TOKEN" ${rest}`);
  });
});
