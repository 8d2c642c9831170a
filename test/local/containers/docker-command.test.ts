import { describe, expect, test } from "vitest";
import { environmentFlags } from "../../../local/containers/docker-command";

describe("a container's environment", () => {
  test("is not among the arguments of the docker command, which every user of the machine may read", () => {
    expect(environmentFlags({ LICENCE: "L-123", NOTE: "two\nlines", EMPTY: "" })).toEqual({
      flags: ["--env", "LICENCE", "--env", "NOTE", "--env", "EMPTY"],
      variables: { LICENCE: "L-123", NOTE: "two\nlines", EMPTY: "" },
    });
  });

  test("leads the command itself nowhere else", () => {
    const named = {
      PATH: "/opt/bin",
      HOME: "/root",
      DOCKER_HOST: "tcp://elsewhere",
      HTTPS_PROXY: "http://proxy",
      https_proxy: "http://proxy",
    };
    expect(environmentFlags(named)).toEqual({
      flags: Object.entries(named).flatMap(([name, value]) => ["--env", `${name}=${value}`]),
      variables: {},
    });
  });
});
