import { type JavaScriptValue, Struct } from "google-protobuf/google/protobuf/struct_pb";
import { describe, expect, it } from "vitest";
import { Archive, Asset, Reference, UNKNOWN } from "../../../local/provider/values";
import { decode, encode } from "../../../local/provider/wire";

const SIGNATURE = "4dabf18193072939515e22adb298388d";
const secret = (value: JavaScriptValue) => ({ [SIGNATURE]: "1b47061264138c4ac30d75fd1eb44270", value });
const output = (members: { [key: string]: JavaScriptValue }) => ({ [SIGNATURE]: "d0e6a833031e9bbcd3f4e8bde6ca49a4", ...members });
const asset = (members: { [key: string]: JavaScriptValue }) => ({ [SIGNATURE]: "c44067f5952c0a294b673a41bacd8c17", ...members });
const archive = (members: { [key: string]: JavaScriptValue }) => ({ [SIGNATURE]: "0def7320c3a5731c473e5ecbe6d01bc7", ...members });
const resource = (members: { [key: string]: JavaScriptValue }) => ({ [SIGNATURE]: "5cf8f73096256a8f31e491e813e4eb8e", ...members });
const UNKNOWN_TEXT = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

const struct = (value: { [key: string]: JavaScriptValue }) => Struct.fromJavaScript(value);

describe("wire values", () => {
  it("lose their secret wrapping on the way in, and get it back on the way out", () => {
    const wire = { environment: { variables: { KEY: secret("s3cret") } }, list: [secret(1)], plain: "x" };
    const { values, secrets } = decode(struct(wire));
    expect(values).toEqual({ environment: { variables: { KEY: "s3cret" } }, list: [1], plain: "x" });
    expect(secrets).toEqual([
      ["environment", "variables", "KEY"],
      ["list", 0],
    ]);
    expect(encode(values, secrets).toJavaScript()).toEqual(wire);
  });

  it("keep a secret hidden when the value around it changed", () => {
    expect(encode({ environment: "gone" }, [["environment", "variables", "KEY"]]).toJavaScript()).toEqual({ environment: "gone" });
    expect(encode({ a: { b: "1", c: "2" } }, [["a", "b"], ["a"]]).toJavaScript()).toEqual({ a: secret({ b: secret("1"), c: "2" }) });
  });

  it("are unknown when the engine does not know them, as text or as an output without a value", () => {
    const { values, secrets } = decode(
      struct({ a: UNKNOWN_TEXT, b: output({ dependencies: ["urn"] }), c: output({ value: "c", secret: true }) }),
    );
    expect(values).toEqual({ a: UNKNOWN, b: UNKNOWN, c: "c" });
    expect(secrets).toEqual([["c"]]);
    expect(encode({ a: UNKNOWN }).toJavaScript()).toEqual({ a: UNKNOWN_TEXT });
  });

  it("carry assets and archives with all they say of themselves", () => {
    const wire = {
      file: asset({ hash: "1", path: "a.txt" }),
      text: asset({ hash: "2", text: "hello" }),
      folder: archive({ hash: "3", path: "dir" }),
      map: archive({ hash: "4", assets: { "a.js": asset({ hash: "5", text: "1" }), lib: archive({ hash: "6", path: "lib" }) } }),
    };
    const { values } = decode(struct(wire));
    expect(values.file).toEqual(new Asset({ hash: "1", path: "a.txt" }));
    expect(values.map).toEqual(
      new Archive({
        hash: "4",
        assets: { "a.js": new Asset({ hash: "5", text: "1" }), lib: new Archive({ hash: "6", path: "lib" }) },
      }),
    );
    expect(encode(values).toJavaScript()).toEqual(wire);
  });

  it("turn a custom resource into its id, and keep a component as a reference", () => {
    const wire = struct({
      bucket: resource({ urn: "urn:b", id: "data-1" }),
      planned: resource({ urn: "urn:p", id: UNKNOWN_TEXT }),
      component: resource({ urn: "urn:c" }),
    });
    expect(decode(wire).values).toEqual({ bucket: "data-1", planned: UNKNOWN, component: new Reference("urn:c") });
    expect(encode({ vpc: new Reference("urn:v", UNKNOWN) }).toJavaScript()).toEqual({ vpc: resource({ urn: "urn:v", id: UNKNOWN_TEXT }) });
  });

  it("of a kind nobody knows are refused by name", () => {
    expect(() => decode(struct({ odd: { [SIGNATURE]: "other" } }))).toThrow("property odd has a kind of value this provider does not know");
  });

  it("leave out absent members", () => {
    expect(decode(struct({ a: null, b: 0 })).values).toEqual({ b: 0 });
    expect(decode(undefined)).toEqual({ values: {}, secrets: [] });
  });
});
