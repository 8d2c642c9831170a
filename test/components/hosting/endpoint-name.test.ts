import { describe, expect, test } from "vitest";
import { sagemakerName } from "../../../components/arguments";
import { chooseEndpointName, type LookAtEndpoint, plainEndpointName } from "../../../components/hosting/endpoint-name";
import type { ServingKind } from "../../../components/hosting/serving";

/** Real-time endpoints by name and status. */
function statuses(known: Readonly<Record<string, string>>): LookAtEndpoint {
  return (name) => Promise.resolve(known[name] === undefined ? undefined : { status: known[name], kind: "realtime" });
}

/** One endpoint in service, of a kind. */
function inService(endpointName: string, kind: ServingKind | undefined): LookAtEndpoint {
  return (name) => Promise.resolve(name === endpointName ? { status: "InService", kind } : undefined);
}

describe("the name of an endpoint", () => {
  test("is the plain one when the stack has none yet, whatever else the account holds", async () => {
    expect(await chooseEndpointName("shop-iris", undefined, "realtime", statuses({ "shop-iris": "Failed" }))).toBe("shop-iris");
  });

  test.each(["InService", "Updating", "OutOfService", undefined])("stays as it is while the endpoint is %s", async (status) => {
    const known: LookAtEndpoint = (name) => Promise.resolve({ status: name === "shop-iris--2" ? status : "Failed", kind: "realtime" });
    expect(await chooseEndpointName("shop-iris", "shop-iris--2", "realtime", known)).toBe("shop-iris--2");
  });

  test.each([
    ["shop-iris", {}, "shop-iris--2"],
    ["shop-iris--2", {}, "shop-iris--3"],
    ["shop-iris", { "shop-iris--2": "Deleting", "shop-iris--3": "InService" }, "shop-iris--4"],
  ])("after %s has failed gets the next free number", async (recorded, others, expected) => {
    expect(await chooseEndpointName("shop-iris", recorded, "realtime", statuses({ ...others, [recorded]: "Failed" }))).toBe(expected);
  });

  test.each<[ServingKind, ServingKind]>([
    ["realtime", "serverless"],
    ["serverless", "realtime"],
  ])("of a %s endpoint that becomes %s is the next number, since no update does that", async (before, after) => {
    expect(await chooseEndpointName("shop-iris", "shop-iris", after, inService("shop-iris", before))).toBe("shop-iris--2");
    expect(await chooseEndpointName("shop-iris", "shop-iris--2", after, inService("shop-iris--2", before))).toBe("shop-iris--3");
    expect(await chooseEndpointName("shop-iris", "shop-iris--2", after, inService("shop-iris--2", after))).toBe("shop-iris--2");
  });

  test("stays when nobody can tell which kind the endpoint is of", async () => {
    expect(await chooseEndpointName("shop-iris", "shop-iris", "serverless", inService("shop-iris", undefined))).toBe("shop-iris");
  });

  test("is taken again when an endpoint has it that was being made when a deployment was cut off, which its configuration tells", async () => {
    const look: LookAtEndpoint = async (name) =>
      ({ "shop-iris": { status: "InService", kind: "serverless", configName: "old" } as const })[name] ??
      { "shop-iris--2": { status: "InService", kind: "realtime", configName: "other" } as const }[name] ??
      { "shop-iris--3": { status: "Creating", kind: "realtime", configName: "made" } as const }[name];
    expect(await chooseEndpointName("shop-iris", "shop-iris", "realtime", look, false, "made")).toBe("shop-iris--3");
    expect(await chooseEndpointName("shop-iris", "shop-iris", "realtime", look)).toBe("shop-iris--4");
  });

  test.each([
    ["shop-iris", "shop-iris"],
    ["shop-iris--2", "shop-iris"],
    ["shop-iris-2", "shop-iris-2"],
    ["shop-iris--02", "shop-iris--02"],
  ])("%s is %s without its number", (name, plain) => {
    expect(plainEndpointName(name)).toBe(plain);
  });

  test.each(["store-iris", "store-iris--2", "shop-iris-2", "shop-iris--02"])(
    "does not go on from %s, which was made from another",
    async (recorded) => {
      expect(await chooseEndpointName("shop-iris", recorded, "realtime", statuses({ [recorded]: "InService" }))).toBe("shop-iris");
    },
  );

  test("of the longest platform and model fits AWS's limit with a number", async () => {
    const plain = `${"p".repeat(24)}-${"m".repeat(32)}`;
    const name = await chooseEndpointName(plain, `${plain}--998`, "realtime", statuses({ [`${plain}--998`]: "Failed" }));
    expect(name).toMatch(sagemakerName.pattern ?? /^$/);
    expect(name.length).toBeLessThanOrEqual(sagemakerName.max ?? 0);
  });
});
