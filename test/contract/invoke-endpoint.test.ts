import { waitUntilEndpointInService } from "@aws-sdk/client-sagemaker";
import { InvokeEndpointCommand } from "@aws-sdk/client-sagemaker-runtime";
import { afterAll, beforeAll, expect, test } from "vitest";
import { account, type Platform, region, rejection, startPlatform, waiter } from "./support/platform";
import { createEndpoint } from "./support/requests";

let platform: Platform;

beforeAll(async () => {
  platform = await startPlatform();
  await createEndpoint(platform, "echo");
  await waitUntilEndpointInService({ ...waiter, client: platform.sagemaker }, { EndpointName: "echo" });
});
afterAll(() => platform.stop());

test("the container gets body, content type, accept, custom attributes and inference id, and nothing of the signature", async () => {
  const answer = await platform.runtime.send(
    new InvokeEndpointCommand({
      EndpointName: "echo",
      ContentType: "text/csv",
      Accept: "application/json",
      CustomAttributes: "trace=1",
      InferenceId: "id-1",
      Body: "1,2",
    }),
  );
  expect(JSON.parse(answer.Body.transformToString())).toMatchObject({
    body: "1,2",
    contentType: "text/csv",
    accept: "application/json",
    attributes: "trace=1",
    inferenceId: "id-1",
    authorization: null,
  });
  expect(answer).toMatchObject({
    ContentType: "application/json",
    InvokedProductionVariant: "primary",
    CustomAttributes: "from-container",
  });
});

test.each([
  [400, "client", "CLIENT_ERROR_FROM_MODEL"],
  [503, "server", "INTERNAL_FAILURE_FROM_MODEL"],
])("an answer %i of the container is a ModelError with its status, message and log stream", async (status, kind) => {
  const error = await rejection(platform.runtime.send(invocation({ ContentType: `fault/${status}` })));
  expect(error).toMatchObject({
    name: "ModelError",
    OriginalStatusCode: status,
    OriginalMessage: "the model said no",
    LogStreamArn: expect.stringMatching(
      new RegExp(`^arn:aws:logs:${region}:${account}:log-group:/aws/sagemaker/Endpoints/echo:log-stream:primary/i-[0-9a-f]{17}$`),
    ),
    $metadata: expect.objectContaining({ httpStatusCode: 424 }),
  });
  expect(error.message).toContain(`Received ${kind} error (${status}) from primary with message "the model said no".`);
});

test("an endpoint that does not exist is a ValidationError, in AWS's words", async () => {
  const error = await rejection(platform.runtime.send(invocation({ EndpointName: "nobody" })));
  expect([error.name, error.message]).toEqual(["ValidationError", `Endpoint nobody of account ${account} not found.`]);
});

test("custom attributes that are too long are refused", async () => {
  const error = await rejection(platform.runtime.send(invocation({ CustomAttributes: "a".repeat(1_025) })));
  expect(error.name).toBe("ValidationError");
  expect(error.message).toContain("at 'customAttributes' failed to satisfy constraint: Member must have length less than or equal to 1024");
});

test("a target variant that the endpoint does not have is refused", async () => {
  const error = await rejection(platform.runtime.send(invocation({ TargetVariant: "other" })));
  expect(error.name).toBe("ValidationError");
});

test("many callers at once all get their own answer", async () => {
  const bodies = Array.from({ length: 64 }, (_, index) => `caller ${index}`);
  const answers = await Promise.all(
    bodies.map(async (body) => JSON.parse((await platform.runtime.send(invocation({ Body: body }))).Body.transformToString()).body),
  );
  expect(answers).toEqual(bodies);
});

function invocation(more: Partial<ConstructorParameters<typeof InvokeEndpointCommand>[0]>): InvokeEndpointCommand {
  return new InvokeEndpointCommand({ EndpointName: "echo", ContentType: "text/plain", Body: "x", ...more });
}
