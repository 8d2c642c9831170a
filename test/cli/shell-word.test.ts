import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { shellWord } from "../../cli/output/shell-word";

describe("a word that is printed to be pasted", () => {
  it("is left alone when a shell takes it as it is", () => {
    expect(["state", "../a/b.json", "/home/ada/.slipway"].map(shellWord)).toEqual(["state", "../a/b.json", "/home/ada/.slipway"]);
  });

  it.each(["my state", "Zoë", "it's", "$HOME", "a;b", ""])("reaches the command unchanged: %j", (word) => {
    expect(execFileSync("sh", ["-c", `printf %s ${shellWord(word)}`], { encoding: "utf8" })).toBe(word);
  });
});
