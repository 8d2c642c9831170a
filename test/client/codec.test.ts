import { describe, expect, it } from "vitest";
import { bytes, csv, json, npy, ResponseError, text } from "../../client";

const utf8 = (content: string) => new TextEncoder().encode(content);

describe("a codec", () => {
  it("writes and reads JSON, text and bytes", () => {
    expect(new TextDecoder().decode(json<object>().encode({ a: 1 }))).toBe('{"a":1}');
    expect(json<object>().decode(utf8('{"a":1}'), "application/json")).toEqual({ a: 1 });
    expect(() => json().decode(utf8("<html>"), "application/json")).toThrow(ResponseError);
    expect(() => json().encode(undefined)).toThrow("A value of type undefined has no JSON form.");
    expect(text().decode(text().encode("grün"), "text/plain")).toBe("grün");
    expect([bytes("audio/wav").contentType, bytes().decode(Uint8Array.of(1, 2), "")]).toEqual(["audio/wav", Uint8Array.of(1, 2)]);
  });

  it("of CSV quotes what needs it, and reads line ends of every kind", () => {
    const rows = [
      ["a", 1.5, "x,y"],
      ['say "hi"', "two\nlines", ""],
    ];
    const written = csv().encode(rows);
    expect(new TextDecoder().decode(written)).toBe('a,1.5,"x,y"\n"say ""hi""","two\nlines",\n');
    expect(csv().decode(written, "text/csv")).toEqual([
      ["a", "1.5", "x,y"],
      ['say "hi"', "two\nlines", ""],
    ]);
    expect(csv().decode(utf8("a,b\r\nc,d\re,"), "text/csv")).toEqual([
      ["a", "b"],
      ["c", "d"],
      ["e", ""],
    ]);
    expect(csv().decode(utf8(""), "text/csv")).toEqual([]);
    expect(() => csv().decode(utf8('a,b"c'), "text/csv")).toThrow(ResponseError);
  });
});

describe("NumPy's format", () => {
  it("is what numpy.save writes", () => {
    const written = npy().encode({ data: Float32Array.of(1, 2, 3, 4, 5, 6), shape: [2, 3] });
    const header = Buffer.from(written.subarray(0, 128)).toString("latin1");
    expect(header).toBe(`\u0093NUMPY\u0001\u0000v\u0000{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }${" ".repeat(58)}\n`);
    expect(written.length).toBe(128 + 24);
  });

  it.each([
    [Float64Array.of(0.5, -1), [2]],
    [BigInt64Array.of(-5n), []],
    [Uint8Array.of(1, 2, 3, 4), [2, 2, 1]],
  ])("brings back %o of shape %j", (data, shape) => {
    const written = npy().encode({ data, shape });
    // Not at a multiple of eight, as bytes of an answer may lie.
    const moved = new Uint8Array(written.length + 3).subarray(3);
    moved.set(written);
    expect(npy().decode(moved, "application/x-npy")).toEqual({ data, shape });
  });

  it("that is broken or of another kind is refused", () => {
    const written = npy().encode({ data: Float64Array.of(1, 2), shape: [2] });
    expect(() => npy().decode(utf8("{}"), "")).toThrow("The answer is not in NumPy's format.");
    expect(() => npy().decode(written.subarray(0, -1), "")).toThrow("The answer says shape (2) and has 15 bytes of numbers.");
    expect(() => npy().encode({ data: Float64Array.of(1), shape: [2] })).toThrow("An array of shape (2) has 2 numbers; there are 1.");
  });
});
