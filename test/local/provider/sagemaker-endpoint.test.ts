import { afterEach, describe, expect, it } from "vitest";
import { PartiallyCreated } from "../../../local/provider/errors";
import { Operations } from "../../../local/provider/operations";
import { Registry } from "../../../local/provider/registry";
import { testContext } from "./context";
import { type Answer, type Call, type FakeAws, startFakeAws } from "./fake-aws";

const TYPE = "aws:sagemaker/endpoint:Endpoint";
const ARN = "arn:aws:sagemaker:us-east-1:000000000000:endpoint/iris";
const operations = new Operations(new Registry());

describe("a SageMaker endpoint", () => {
  let aws: FakeAws;
  afterEach(() => aws.stop());

  /** An endpoint service whose describes answer these states in turn, the last one for ever; no state is an unknown endpoint. */
  const serve = async (...states: (Record<string, string> | undefined)[]) => {
    aws = await startFakeAws(({ target }: Call): Answer => {
      if (target === "CreateEndpoint" || target === "UpdateEndpoint") return { output: { EndpointArn: ARN } };
      if (target === "DeleteEndpoint") return { output: {} };
      const state = states.length > 1 ? states.shift() : states[0];
      if (state === undefined) return { error: "ValidationException", message: 'Could not find endpoint "iris".' };
      return { output: { EndpointName: "iris", EndpointArn: ARN, ...state } };
    });
    return testContext({ endpointUrl: aws.url });
  };
  const targets = () => aws.calls.map(({ target }) => target).filter((target) => target !== "DescribeEndpoint");

  it("is created when it is in service", async () => {
    const context = await serve({ EndpointStatus: "Creating" }, { EndpointStatus: "InService" });
    const inputs = { name: "iris", endpointConfigName: "iris-1", tags: { team: "ml" } };
    const { id, outputs } = await operations.create(context, TYPE, inputs, false);
    expect(id).toBe("iris");
    expect(outputs).toEqual({ ...inputs, arn: ARN, region: "us-east-1", tagsAll: { team: "ml" } });
    expect(aws.calls[0]).toEqual({
      target: "CreateEndpoint",
      input: { EndpointName: "iris", EndpointConfigName: "iris-1", Tags: [{ Key: "team", Value: "ml" }] },
    });
  });

  it("that fails is kept half made, with the real provider's words", async () => {
    const context = await serve({ EndpointStatus: "Failed", FailureReason: "The container did not pass the ping health check." });
    const failed = await operations
      .create(context, TYPE, { name: "iris", endpointConfigName: "iris-1" }, false)
      .catch((error: unknown) => error);
    expect(failed).toBeInstanceOf(PartiallyCreated);
    expect((failed as PartiallyCreated).message).toBe(
      "waiting for SageMaker AI Endpoint (iris) to be in service: unexpected state 'Failed', wanted target 'InService'. " +
        "last error: The container did not pass the ping health check.",
    );
    expect((failed as PartiallyCreated).id).toBe("iris");
    expect((failed as PartiallyCreated).outputs).toEqual({ name: "iris", endpointConfigName: "iris-1", arn: ARN, region: "us-east-1" });
  });

  it("that failed cannot be updated, as on AWS, which only lets it be deleted", async () => {
    aws = await startFakeAws(({ target }) =>
      target === "UpdateEndpoint"
        ? { error: "ValidationException", message: `Cannot update failed endpoint "${ARN}".` }
        : { output: { EndpointName: "iris", EndpointArn: ARN, EndpointStatus: "Failed", EndpointConfigName: "iris-1" } },
    );
    const context = testContext({ endpointUrl: aws.url });
    const change = { id: "iris", olds: { endpointConfigName: "iris-1" }, news: { endpointConfigName: "iris-2" }, state: { name: "iris" } };
    await expect(operations.update(context, TYPE, change, false)).rejects.toThrow(`Cannot update failed endpoint "${ARN}".`);
    expect(targets()).toEqual(["UpdateEndpoint"]);
  });

  it("moves to a new configuration, and a rollback that AWS does not report counts as success", async () => {
    const context = await serve(
      { EndpointStatus: "InService" },
      { EndpointStatus: "Updating" },
      { EndpointStatus: "InService", EndpointConfigName: "iris-1" },
    );
    const change = {
      id: "iris",
      olds: { endpointConfigName: "iris-1" },
      news: { endpointConfigName: "iris-2" },
      state: { name: "iris", arn: ARN },
    };
    const outputs = await operations.update(context, TYPE, change, false);
    expect(outputs.endpointConfigName).toBe("iris-2");
    expect(aws.calls.find(({ target }) => target === "UpdateEndpoint")?.input).toEqual({
      EndpointName: "iris",
      EndpointConfigName: "iris-2",
    });
  });

  it("that someone rolls back while it is watched is an error, as for the real provider", async () => {
    const context = await serve({ EndpointStatus: "InService" }, { EndpointStatus: "RollingBack" });
    const change = { id: "iris", olds: { endpointConfigName: "1" }, news: { endpointConfigName: "2" }, state: { name: "iris", arn: ARN } };
    await expect(operations.update(context, TYPE, change, false)).rejects.toThrow(
      "unexpected state 'RollingBack', wanted target 'InService'",
    );
  });

  it("is waited for no longer than the engine wants", async () => {
    aws = await startFakeAws(() => ({ output: { EndpointName: "iris", EndpointArn: ARN, EndpointStatus: "Creating" } }));
    const engine = new AbortController();
    const context = testContext({ endpointUrl: aws.url, signal: engine.signal });
    const work = operations.create(context, TYPE, { name: "iris", endpointConfigName: "iris-1" }, false);
    engine.abort(new Error("cancelled by the engine"));
    await expect(work).rejects.toThrow("creating SageMaker AI Endpoint (iris): cancelled by the engine");
  });

  it("that is refused fails in readable words", async () => {
    aws = await startFakeAws(() => ({ error: "ValidationException", message: 'Could not find endpoint configuration "iris-1".' }));
    const work = operations.create(testContext({ endpointUrl: aws.url }), TYPE, { name: "iris", endpointConfigName: "iris-1" }, false);
    await expect(work).rejects.toThrow(
      'creating SageMaker AI Endpoint (iris): ValidationException: Could not find endpoint configuration "iris-1".',
    );
  });

  it("that is gone reads as gone, and its deletion is a success", async () => {
    const context = await serve(undefined);
    expect(await operations.read(context, TYPE, "iris", { name: "iris" }, { name: "iris" })).toBeUndefined();
    await operations.delete(context, TYPE, "iris", {});
    expect(targets()).toEqual([]);
  });

  it("that drifted reads with what is there, so that the next update repairs it", async () => {
    const context = await serve({ EndpointStatus: "InService", EndpointConfigName: "by-hand" });
    const inputs = { name: "iris", endpointConfigName: "iris-1", __defaults: [] };
    const found = await operations.read(context, TYPE, "iris", { name: "iris", endpointConfigName: "iris-1" }, inputs);
    expect(found?.inputs).toEqual({ ...inputs, endpointConfigName: "by-hand" });
  });
});
