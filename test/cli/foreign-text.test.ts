import { expect, test } from "vitest";
import { foreignText } from "../../cli/output/foreign-text";

test.each([
  ["colours stay", "\u001b[1;31mred\u001b[0m\tand plain", "\u001b[1;31mred\u001b[0m\tand plain"],
  ["a cursor does not move", "\u001b[2A\u001b[2Kforged", "[2A[2Kforged"],
  ["the title is not set", "\u001b]0;owned\u0007text", "]0;ownedtext"],
  ["the clipboard is not set", "\u001b]52;c;ZXZpbA==\u001b\\text", "]52;c;ZXZpbA==\\text"],
  ["nothing is deleted", "safe\b\b\b\bevil\u007f", "safeevil"],
  ["codes of one byte are none", "\u009b2Aforged\u0090", "2Aforged"],
  ["a line is not written over", "10%\r20%\r", "10%\n20%"],
  ["a part of an answer keeps its lines", "one\r\ntwo\n", "one\ntwo\n"],
])("%s", (_, text, shown) => {
  expect(foreignText(text)).toBe(shown);
});
