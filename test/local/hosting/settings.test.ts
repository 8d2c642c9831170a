import { describe, expect, test } from "vitest";
import { SlipwayError } from "../../../components/errors/slipway-error";
import { defaultSettings, hostingSettings } from "../../../local/hosting/hosting-settings";
import { localReplicas, mostReplicas } from "../../../local/hosting/replicas";

const gib = 1_024 ** 3;

describe("containers for instances", () => {
  test.each([
    [1, 64, 1],
    [8, 64, 8],
    [8, 7, 3],
    [2, 1, 1],
  ])("on %i cores and %i GiB are %i at most", (cores, memory, most) => {
    expect(mostReplicas(cores, memory * gib)).toBe(most);
  });

  test.each([
    [3, 8, 1, 3],
    [12, 8, 1, 8],
    [12, 8, 0.25, 2],
    [4, 1, 0.1, 1],
    [0, 8, 1, 0],
    [0, 8, 0.5, 0],
  ])("of %i declared and %i at most, the part %d is %i", (declared, most, part, expected) => {
    expect(localReplicas(declared, most, part)).toBe(expected);
  });
});

describe("the settings", () => {
  test("are the defaults when the environment says nothing", () => {
    expect(hostingSettings({ SLIPWAY_LONGEST_WAIT_SECONDS: "" })).toEqual(defaultSettings);
  });

  test("take seconds and numbers from the environment", () => {
    const env = { SLIPWAY_LONGEST_WAIT_SECONDS: "0.5", SLIPWAY_SERVERLESS_IDLE_SECONDS: "10", SLIPWAY_MAX_REPLICAS: "3" };
    expect(hostingSettings(env)).toEqual({ ...defaultSettings, longestWait: 500, serverlessIdle: 10_000, mostReplicas: 3 });
  });

  test("name every variable that is not allowed, with what is", () => {
    const error = catchError(() => hostingSettings({ SLIPWAY_LONGEST_WAIT_SECONDS: "soon", SLIPWAY_MAX_REPLICAS: "0" }));
    expect(error).toBeInstanceOf(SlipwayError);
    expect((error as SlipwayError).details).toEqual([
      "SLIPWAY_MAX_REPLICAS: got 0; allowed is a whole number from 1 to 100",
      "SLIPWAY_LONGEST_WAIT_SECONDS: got soon; allowed is a number of seconds from 0 to 86400",
    ]);
  });
});

function catchError(action: () => unknown): unknown {
  try {
    action();
  } catch (error) {
    return error;
  }
  return undefined;
}
