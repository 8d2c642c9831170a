import { describe, expect, test } from "vitest";
import { secondsOfOldCalls } from "../../../components/api/handover";

const recorded = { outputs: { timeout: 19, environment: { variables: { SLIPWAY_ENDPOINT_NAME: "shop-iris" } } } };

describe("calls of the endpoint before", () => {
  test("may be under way as long as a function that began them may run", () => {
    expect(secondsOfOldCalls(recorded, "shop-iris--2")).toBe(19);
  });

  test("are none when the endpoint is the same, or the function new", () => {
    expect(secondsOfOldCalls(recorded, "shop-iris")).toBe(0);
    expect(secondsOfOldCalls(undefined, "shop-iris")).toBe(0);
    expect(secondsOfOldCalls({ outputs: {} }, "shop-iris")).toBe(0);
  });
});
