import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { fetchWhole } from "../../support/fetch-whole";
import { Program } from "./support/program";
import { type ProviderUnderTest, startProviderUnderTest } from "./support/provider-under-test";

const services = `
const config = { memory: 256, kms: false, ...JSON.parse(require("fs").readFileSync("knobs.json", "utf8")) };
const bucket = new aws.s3.Bucket("data", { forceDestroy: true, tags: { team: "ml" } });
new aws.s3.BucketVersioning("data-versions", { bucket: bucket.id, versioningConfiguration: { status: "Enabled" } });
new aws.s3.BucketPublicAccessBlock("data-private", { bucket: bucket.id, blockPublicAcls: true, blockPublicPolicy: true, ignorePublicAcls: true, restrictPublicBuckets: true });
new aws.s3.BucketServerSideEncryptionConfiguration("data-encryption", { bucket: bucket.id, rules: [{ applyServerSideEncryptionByDefault: { sseAlgorithm: "AES256" } }] });
new aws.s3.BucketOwnershipControls("data-owner", { bucket: bucket.id, rule: { objectOwnership: "BucketOwnerEnforced" } });
new aws.s3.BucketLifecycleConfiguration("data-lifecycle", { bucket: bucket.id, rules: [{ id: "old", status: "Enabled", noncurrentVersionExpiration: { noncurrentDays: 30 }, abortIncompleteMultipartUpload: { daysAfterInitiation: 7 } }] });
new aws.s3.BucketPolicy("data-policy", { bucket: bucket.id, policy: bucket.arn.apply((arn) => JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Deny", Principal: "*", Action: "s3:*", Resource: [arn, arn + "/*"], Condition: { Bool: { "aws:SecureTransport": "false" } } }] })) });
const object = new aws.s3.BucketObjectv2("note", { bucket, key: "a/note.txt", source: new pulumi.asset.FileAsset("note.txt") });
const repository = new aws.ecr.Repository("images", { imageTagMutability: "IMMUTABLE", forceDelete: true, imageScanningConfiguration: { scanOnPush: true } });
new aws.ecr.LifecyclePolicy("images-lifecycle", { repository: repository.name, policy: JSON.stringify({ rules: [{ rulePriority: 1, selection: { tagStatus: "untagged", countType: "imageCountMoreThan", countNumber: 5 }, action: { type: "expire" } }] }) });
const trust = { Version: "2012-10-17", Statement: [{ Effect: "Allow", Principal: { Service: "lambda.amazonaws.com" }, Action: "sts:AssumeRole" }] };
const role = new aws.iam.Role("run", { assumeRolePolicy: JSON.stringify(trust) });
new aws.iam.RolePolicy("run-logs", { role: role.id, policy: { Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "logs:*", Resource: "*" }] } });
const policy = new aws.iam.Policy("shared", { policy: JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "s3:GetObject", Resource: "*" }] }) });
new aws.iam.RolePolicyAttachment("run-shared", { role, policyArn: policy.arn });
const handler = new aws.lambda.Function("handler", {
  runtime: "nodejs20.x", handler: "index.handler", role: role.arn, timeout: 5, memorySize: config.memory,
  code: new pulumi.asset.AssetArchive({ "index.js": new pulumi.asset.FileAsset("handler.js") }),
  environment: { variables: { GREETING: pulumi.secret("bonjour") } },
});
const api = new aws.apigatewayv2.Api("api", { protocolType: "HTTP" });
const integration = new aws.apigatewayv2.Integration("api-handler", { apiId: api.id, integrationType: "AWS_PROXY", integrationUri: handler.invokeArn, payloadFormatVersion: "2.0" });
new aws.apigatewayv2.Route("api-hello", { apiId: api.id, routeKey: "POST /hello", target: pulumi.interpolate\`integrations/\${integration.id}\` });
const stage = new aws.apigatewayv2.Stage("api-stage", { apiId: api.id, name: "$default", autoDeploy: true });
new aws.lambda.Permission("api-may-call", { action: "lambda:InvokeFunction", function: handler, principal: "apigateway.amazonaws.com", sourceArn: pulumi.interpolate\`\${api.executionArn}/*/*\` });
exports.url = stage.invokeUrl;
exports.bucket = bucket.bucket;
exports.etag = object.etag;
exports.repository = repository.repositoryUrl;
exports.roleName = role.name;
`;

const handlerText = (word: string) =>
  `exports.handler = async (event) => ({ statusCode: 200, body: process.env.GREETING + " ${word} " + event.body });\n`;

interface Outputs {
  url: string;
  bucket: string;
  etag: string;
  repository: string;
  roleName: string;
}

describe("the real engine with the local provider", () => {
  let provider: ProviderUnderTest;
  let program: Program;

  beforeAll(async () => {
    provider = await startProviderUnderTest();
    program = await Program.create(provider);
    program.write("note.txt", "one\n");
    program.write("handler.js", handlerText("hello"));
    program.write("knobs.json", "{}");
    program.is(services);
  });
  afterAll(async () => {
    program?.remove();
    await provider?.stop();
  });

  const post = async (): Promise<string> => {
    const { url } = await program.outputs<Outputs>();
    const response = await fetchWhole(`${url}hello`, { method: "POST", body: "world" });
    return response.text();
  };

  it("creates everything from nothing, and the API answers through its Lambda function", async () => {
    const run = await program.up();
    expect(run.text).toBe("");
    expect(run.exitCode).toBe(0);
    expect(run.steps.filter((step) => !step.startsWith("create "))).toEqual([]);
    expect(run.steps).toHaveLength(20);
    expect(await post()).toBe("bonjour hello world");
  });

  it("finds nothing to do when nothing changed", async () => {
    const run = await program.preview();
    expect(run).toEqual({ exitCode: 0, steps: [], text: "" });
  });

  it("keeps secrets encrypted in the state", async () => {
    const state = await program.pulumi("stack", "export", "--stack", "test");
    expect(state).not.toContain("bonjour");
    expect(state).toContain('"ciphertext"');
  });

  it("updates the function's code in place when its file changed, and nothing else", async () => {
    program.write("handler.js", handlerText("again"));
    const run = await program.up();
    expect(run).toEqual({ exitCode: 0, steps: ["update aws:lambda/function:Function handler"], text: "" });
    expect(await post()).toBe("bonjour again world");
  });

  it("updates the function's configuration in place", async () => {
    program.write("knobs.json", '{ "memory": 512 }');
    const run = await program.up();
    expect(run.steps).toEqual(["update aws:lambda/function:Function handler"]);
  });

  it("uploads an object again when its file changed", async () => {
    const before = await program.outputs<Outputs>();
    program.write("note.txt", "two\n");
    const run = await program.up();
    expect(run.steps).toEqual(["update aws:s3/bucketObjectv2:BucketObjectv2 note"]);
    expect((await program.outputs<Outputs>()).etag).not.toBe(before.etag);
  });

  it("refreshes to the same state when nothing drifted", async () => {
    const run = await program.refresh();
    expect(run.exitCode).toBe(0);
    expect((await program.preview()).steps).toEqual([]);
  });

  it("destroys everything, buckets with their objects too", async () => {
    const { bucket } = await program.outputs<Outputs>();
    const run = await program.destroy();
    expect(run.exitCode).toBe(0);
    expect(run.text).toBe("");
    expect(run.steps).toHaveLength(20);
    expect(await program.resources()).toEqual([]);
    expect((await fetchWhole(`${provider.endpointUrl}/${bucket}`, { method: "HEAD" })).status).toBe(404);
  });
});
