import { describe, expect, it } from "vitest";
import { parseManifest } from "../../../local/images/process-manifest";

describe("slipway-image.json", () => {
  it("may name the folder that the commands run in", () => {
    expect(parseManifest('{"serve": ["python", "app.py"], "workingDirectory": "src"}')).toEqual({
      requirements: [],
      pythonPath: [],
      serve: ["python", "app.py"],
      train: [],
      environment: {},
      workingDirectory: "src",
    });
  });

  it.each(["/src", "..", "a/../../b"])("is refused when that folder is %s, which is outside of the context", (workingDirectory) => {
    expect(() => parseManifest(JSON.stringify({ serve: ["a"], workingDirectory }))).toThrow(
      `workingDirectory: got ${JSON.stringify(workingDirectory)}; expected a folder of the context, relative to it`,
    );
  });
});
