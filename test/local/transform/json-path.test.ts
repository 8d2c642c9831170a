import { describe, expect, test } from "vitest";
import { csvFields } from "../../../local/transform/data-processing";
import { JsonPath } from "../../../local/transform/json-path";

const record = { id: 7, features: [1, 2, 3, 4], deep: { "odd name": { list: [{ a: 1 }, { a: 2 }] } } };

describe("a JSON path of batch transform", () => {
  test.each([
    ["$", record],
    ["$.id", 7],
    ["$['id']", 7],
    ['$.deep["odd name"].list[1].a', 2],
    ["$.deep['odd name'].list[*].a", [1, 2]],
    ["$.features[0]", 1],
    ["$.features[-1]", 4],
    ["$.features[1:]", [2, 3, 4]],
    ["$.features[:2]", [1, 2]],
    ["$.features[0,2:]", [1, 3, 4]],
    ["$.features[ 0 , -1 ]", [1, 4]],
    ["$['id', 'features']", { id: 7, features: [1, 2, 3, 4] }],
    ["$.deep.*", [{ list: [{ a: 1 }, { a: 2 }] }]],
  ])("%s selects what it names", (path, expected) => {
    expect(new JsonPath(path).select(record)).toEqual(expected);
  });

  test.each([
    ["$.absent", '$.absent finds no "absent"'],
    ["$.features[4]", "$.features[4] wants element 4 of a list of 4"],
    ["$.id[0]", "$.id[0] wants a list, and finds number"],
    ["$.constructor", '$.constructor finds no "constructor"'],
  ])("%s fails where there is nothing", (path, message) => {
    expect(() => new JsonPath(path).select(record)).toThrow(message);
  });

  test.each(["id", "$..id", "$.features[?(@ > 1)]", "$.", "$[", "$[a]", "$.a b"])("%s is refused", (path) => {
    expect(() => new JsonPath(path)).toThrow(JSON.stringify(path));
  });
});

test("the fields of a row keep their quotes, and a comma within quotes parts nothing", () => {
  expect(csvFields('1,"a, ""b""",,x')).toEqual(["1", '"a, ""b"""', "", "x"]);
});
