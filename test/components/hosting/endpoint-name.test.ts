import { describe, expect, test } from "vitest";
import { sagemakerName } from "../../../components/arguments";
import { chooseEndpointName } from "../../../components/hosting/endpoint-name";

function statuses(known: Readonly<Record<string, string>>) {
  return (name: string) => Promise.resolve(known[name]);
}

describe("the name of an endpoint", () => {
  test("is the plain one when the stack has none yet, whatever else the account holds", async () => {
    expect(await chooseEndpointName("shop-iris", undefined, statuses({ "shop-iris": "Failed" }))).toBe("shop-iris");
  });

  test.each(["InService", "Updating", "OutOfService", undefined])("stays as it is while the endpoint is %s", async (status) => {
    const known = (name: string) => Promise.resolve(name === "shop-iris--2" ? status : "Failed");
    expect(await chooseEndpointName("shop-iris", "shop-iris--2", known)).toBe("shop-iris--2");
  });

  test.each([
    ["shop-iris", {}, "shop-iris--2"],
    ["shop-iris--2", {}, "shop-iris--3"],
    ["shop-iris", { "shop-iris--2": "Deleting", "shop-iris--3": "InService" }, "shop-iris--4"],
  ])("after %s has failed gets the next free number", async (recorded, others, expected) => {
    expect(await chooseEndpointName("shop-iris", recorded, statuses({ ...others, [recorded]: "Failed" }))).toBe(expected);
  });

  test.each(["store-iris", "store-iris--2", "shop-iris-2", "shop-iris--02"])(
    "does not go on from %s, which was made from another",
    async (recorded) => {
      expect(await chooseEndpointName("shop-iris", recorded, statuses({ [recorded]: "InService" }))).toBe("shop-iris");
    },
  );

  test("of the longest platform and model fits AWS's limit with a number", async () => {
    const plain = `${"p".repeat(24)}-${"m".repeat(32)}`;
    const name = await chooseEndpointName(plain, `${plain}--998`, statuses({ [`${plain}--998`]: "Failed" }));
    expect(name).toMatch(sagemakerName.pattern ?? /^$/);
    expect(name.length).toBeLessThanOrEqual(sagemakerName.max ?? 0);
  });
});
