import { describe, expect, test } from "vitest";
import { idOf, namesOf, placeOf } from "../../../components/api/handler/places";

const prefixes = { output: "s3://b/async/sum/output", failure: "s3://b/async/sum/failure" };
const uuid = "0b7c1f52-6a51-4f0e-9a3c-0d5a3f2f9f11";

describe("the id of a request", () => {
  test("is the name SageMaker gave its result", () => {
    expect(idOf(`${prefixes.output}/${uuid}.out`, `${prefixes.failure}/${uuid}-error.out`, prefixes)).toBe(uuid);
    expect(namesOf(uuid)).toEqual({ output: `${uuid}.out`, failure: `${uuid}-error.out` });
  });

  test("holds both names when they are of another form", () => {
    const id = idOf(`${prefixes.output}/2026/a.json`, `${prefixes.failure}/b.txt`, prefixes);
    expect(id).toMatch(/^~[\w-]+$/);
    expect(namesOf(id)).toEqual({ output: "2026/a.json", failure: "b.txt" });
  });

  test("is refused to a result that is not below the model's prefix", () => {
    expect(() => idOf("s3://b/async/summary/output/x.out", `${prefixes.failure}/x`, prefixes)).toThrow(
      "is not below s3://b/async/sum/output",
    );
  });

  const encoded = (value: unknown) => `~${Buffer.from(JSON.stringify(value)).toString("base64url")}`;

  test.each([
    "",
    "short",
    "../secret",
    "a/b/c/d/e/f",
    "~",
    "~%%%",
    encoded(["../../models/x", "b"]),
    encoded(["a/../../x", "b"]),
    encoded(["/a", "b"]),
    encoded(["a//b", "b"]),
    encoded(["a"]),
    encoded({ output: "a" }),
    encoded(["a b", "c"]),
  ])("is not %j, which leads nowhere", (id) => {
    expect(namesOf(id)).toBeUndefined();
  });

  test("is asked for in the bucket and below the key of the prefix", () => {
    expect(placeOf("s3://b/async/sum/output/x.out")).toEqual({ bucket: "b", key: "async/sum/output/x.out" });
  });
});
