import { describe, expect, test } from "vitest";
import type { AwsClients } from "../../../components/aws/clients";
import { type EndpointBefore, endpointBefore, explainEndpoint, proveEndpoint } from "../../../components/hosting/endpoint-gate";

type Answer = {
  readonly EndpointStatus: string;
  readonly EndpointConfigName: string;
  readonly FailureReason?: string;
  readonly LastModifiedTime?: Date;
};

/** An account with one endpoint that goes through the given states, one per look; the last one stays. */
class Account {
  readonly updates: string[] = [];
  private step = 0;

  constructor(private readonly answers: readonly (Answer | Error)[]) {}

  get clients(): AwsClients {
    const sagemaker = {
      send: (command: { readonly constructor: { readonly name: string }; readonly input: Record<string, string> }) => this.answer(command),
    };
    const logs = { send: () => Promise.reject(Object.assign(new Error("no such group"), { name: "ResourceNotFoundException" })) };
    return { sagemaker, logs } as unknown as AwsClients;
  }

  private answer(command: { readonly constructor: { readonly name: string }; readonly input: Record<string, string> }): Promise<unknown> {
    if (command.constructor.name === "UpdateEndpointCommand") {
      this.updates.push(command.input.EndpointConfigName ?? "");
      return Promise.resolve({});
    }
    const answer = this.answers[Math.min(this.step++, this.answers.length - 1)];
    return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
  }
}

const clock = { now: () => 0, sleep: () => Promise.resolve() };
const before = new Date("2026-11-20T10:00:00Z");
const after = new Date("2026-11-20T10:05:00Z");
const wanted = { endpointName: "shop-iris", configName: "new", changedBefore: before.toISOString() };

describe("the gate of an endpoint", () => {
  test("opens when the wanted configuration serves", async () => {
    const account = new Account([{ EndpointStatus: "InService", EndpointConfigName: "new", LastModifiedTime: after }]);
    expect(await proveEndpoint(wanted, account.clients, () => {}, clock)).toBeUndefined();
    expect(account.updates).toEqual([]);
  });

  test("waits through every passing state, and tells each", async () => {
    const told: string[] = [];
    const states = ["Creating", "Updating", "Updating", "RollingBack", "InService"];
    const account = new Account(states.map((EndpointStatus) => ({ EndpointStatus, EndpointConfigName: "new", LastModifiedTime: after })));
    expect(await proveEndpoint(wanted, account.clients, (line) => told.push(line), clock)).toBeUndefined();
    expect(told).toEqual(["endpoint shop-iris: Creating", "endpoint shop-iris: Updating", "endpoint shop-iris: RollingBack"]);
  });

  test("stays shut when SageMaker has silently gone back to the old configuration", async () => {
    const account = new Account([
      { EndpointStatus: "InService", EndpointConfigName: "old", FailureReason: "alarm iris-5xx", LastModifiedTime: after },
    ]);
    expect(await proveEndpoint(wanted, account.clients, () => {}, clock)).toBe(
      [
        "SLIP-4101 endpoint shop-iris went back to what it served before (old) instead of new: alarm iris-5xx",
        "  fix  Read the container's log lines shown; correct load() in model.py (or the requirements) and run again. What served before still serves.",
        "  more log group /aws/sagemaker/Endpoints/shop-iris",
      ].join("\n"),
    );
    expect(account.updates).toEqual([]);
  });

  test.each(["Failed", "OutOfService", "UpdateRollbackFailed"])("stays shut on an endpoint that is %s", async (EndpointStatus) => {
    const account = new Account([{ EndpointStatus, EndpointConfigName: "new", LastModifiedTime: after }]);
    expect(await proveEndpoint(wanted, account.clients, () => {}, clock)).toMatch(
      new RegExp(`^SLIP-4101 endpoint shop-iris is ${EndpointStatus}: SageMaker gives no reason\n`),
    );
  });

  test("moves an endpoint over again that this deployment did not touch and an earlier one left behind", async () => {
    const account = new Account([
      { EndpointStatus: "InService", EndpointConfigName: "old", LastModifiedTime: before },
      { EndpointStatus: "Updating", EndpointConfigName: "old", LastModifiedTime: after },
      { EndpointStatus: "InService", EndpointConfigName: "new", LastModifiedTime: after },
    ]);
    expect(await proveEndpoint(wanted, account.clients, () => {}, clock)).toBeUndefined();
    expect(account.updates).toEqual(["new"]);
  });

  test.each([
    ["throttling", Object.assign(new Error("Rate exceeded"), { name: "ThrottlingException" })],
    ["a service in trouble", Object.assign(new Error("oops"), { name: "Unknown", $metadata: { httpStatusCode: 503 } })],
    ["a broken connection", Object.assign(new Error("socket hang up"), { code: "ECONNRESET" })],
  ])("waits out %s", async (_kind, error) => {
    const account = new Account([error, error, { EndpointStatus: "InService", EndpointConfigName: "new", LastModifiedTime: after }]);
    expect(await proveEndpoint(wanted, account.clients, () => {}, clock)).toBeUndefined();
  });

  test("does not wait out an error that says something", async () => {
    const denied = Object.assign(new Error("not authorized to perform sagemaker:DescribeEndpoint"), { name: "AccessDeniedException" });
    await expect(proveEndpoint(wanted, new Account([denied]).clients, () => {}, clock)).rejects.toThrow("not authorized");
  });

  test("gives up after nine passing errors in a row", async () => {
    const throttled = Object.assign(new Error("Rate exceeded"), { name: "ThrottlingException" });
    await expect(proveEndpoint(wanted, new Account([throttled]).clients, () => {}, clock)).rejects.toThrow("Rate exceeded");
  });
});

describe("the failure that Pulumi's provider reports", () => {
  test("is explained once the endpoint is no longer rolling back, with the alarms that were watched", async () => {
    const watched = { LastDeploymentConfig: { AutoRollbackConfiguration: { Alarms: [{ AlarmName: "iris-5xx" }] } } };
    const states = ["RollingBack", "RollingBack", "InService"];
    const account = new Account(states.map((EndpointStatus) => ({ EndpointStatus, EndpointConfigName: "old", ...watched })));
    const message = await explainEndpoint("shop-iris", account.clients, () => {}, clock);
    expect(message.split("\n")[0]).toBe(
      "SLIP-4101 endpoint shop-iris went back to old: SageMaker gives no reason (alarms watched: iris-5xx)",
    );
  });

  test("has AWS's words alone where they name the alarm", async () => {
    const watched = { LastDeploymentConfig: { AutoRollbackConfiguration: { Alarms: [{ AlarmName: "iris-5xx" }] } } };
    const FailureReason = "One or more configured alarms were triggered: iris-5xx.";
    const account = new Account([{ EndpointStatus: "InService", EndpointConfigName: "old", FailureReason, ...watched }]);
    const message = await explainEndpoint("shop-iris", account.clients, () => {}, clock);
    expect(message.split("\n").slice(0, 2)).toEqual([
      `SLIP-4101 endpoint shop-iris went back to old: ${FailureReason}`,
      "  fix  An alarm of the rollout went off, and the version before serves: aws cloudwatch describe-alarm-history shows what its metric did; correct the model, or the alarm's limit.",
    ]);
  });
});

describe("an endpoint before a deployment", () => {
  const missing = Object.assign(new Error("Could not find endpoint"), { name: "ValidationException" });
  const inService = { EndpointStatus: "InService", EndpointConfigName: "old", LastModifiedTime: before };

  async function look(...answers: (Answer | Error)[]): Promise<readonly [EndpointBefore, string[]]> {
    const told: string[] = [];
    return [await endpointBefore("shop-iris", new Account(answers).clients, (line) => told.push(line), clock), told];
  }

  test("is nothing before there is one", async () => {
    expect(await look(missing)).toEqual([{}, []]);
  });

  test("is the time of its last change and what it serves with", async () => {
    expect(await look(inService)).toEqual([{ changed: "2026-11-20T10:00:00.000Z", live: "old" }, []]);
  });

  test("is waited for while an update that was cut off, or its scaling, still changes it, and that is told", async () => {
    const changing = ["Updating", "Updating", "RollingBack"].map((EndpointStatus) => ({ ...inService, EndpointStatus }));
    expect(await look(...changing, inService)).toEqual([
      { changed: "2026-11-20T10:00:00.000Z", live: "old" },
      ["Updating", "RollingBack"].map(
        (status) => `endpoint shop-iris is ${status} since before this deployment, which waits for the end of it`,
      ),
    ]);
  });

  test("is nothing once a deletion that was cut off is over", async () => {
    expect((await look({ ...inService, EndpointStatus: "Deleting" }, missing))[0]).toEqual({});
  });
});
