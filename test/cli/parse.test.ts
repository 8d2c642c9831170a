import { describe, expect, it } from "vitest";
import { closest } from "../../cli/verbs/closest";
import { overviewHelp, verbHelp } from "../../cli/verbs/help";
import { parseCall, wantsJson } from "../../cli/verbs/parse";
import { verbs } from "../../cli/verbs/table";
import { SlipwayError } from "../../components/errors/slipway-error";

describe("a command line", () => {
  it("names its verb, options and positionals in any order", () => {
    const call = parseCall(["invoke", "--stack", "dev", "iris", "--accept=text/csv", "{}", "--json"]);
    expect([call.verb.name, call.arguments.positionals, call.arguments.text("stack"), call.arguments.text("accept"), call.json]).toEqual([
      "invoke",
      ["iris", "{}"],
      "dev",
      "text/csv",
      true,
    ]);
  });

  it("without words is the overview", () => {
    expect(parseCall([]).verb.name).toBe("");
    expect(parseCall(["--version"]).version).toBe(true);
  });

  it("may have options of the command itself before its verb", () => {
    const call = parseCall(["--state", ".other", "--json", "local", "status"]);
    expect([call.verb.name, call.arguments.text("state"), call.json]).toEqual(["local status", ".other", true]);
    const alone = parseCall(["--state=.other"]);
    expect([alone.verb.name, alone.arguments.text("state")]).toEqual(["", ".other"]);
    expect(parseCall(["--help", "local", "up"]).verb.name).toBe("local up");
  });

  it("takes - as standard input and everything after -- as it is", () => {
    expect(parseCall(["invoke", "iris", "-"]).arguments.positionals).toEqual(["iris", "-"]);
    expect(parseCall(["invoke", "iris", "--", "-1"]).arguments.positionals).toEqual(["iris", "-1"]);
  });

  it("asks for help before anything else is checked", () => {
    expect(parseCall(["invoke", "--help"]).help).toBe(true);
    expect(parseCall(["local", "up", "-h"]).help).toBe(true);
  });

  it("wants JSON even when the rest cannot be understood", () => {
    expect([wantsJson(["nonsense", "--json"]), wantsJson(["invoke", "--", "--json"]), wantsJson([])]).toEqual([true, false, false]);
  });

  it.each([
    [["lokal", "up"], `"lokal" is not a verb; did you mean "local up"?`],
    [["local"], `"local" needs a verb after it`],
    [["local", "sttaus"], `"local sttaus" is not a verb; did you mean "local status"?`],
    [["up"], `"up" is not a verb; did you mean "local up"?`],
    [["invok", "iris"], `"invok" is not a verb; did you mean "invoke"?`],
    [["frobnicate"], `"frobnicate" is not a verb`],
    [["local", "up", "--prot", "1"], `slipway local up has no option --prot; did you mean "--port"?`],
    [["local", "up", "--port"], "--port needs a value"],
    [["local", "up", "--port", "--json"], "--port needs a value"],
    [["local", "up", "--no-stack=yes"], "--no-stack takes no value"],
    [["--state"], "--state needs a value"],
    [["--state", ".other", "statsu"], `"statsu" is not a verb; did you mean "local status"?`],
    [["invoke"], "slipway invoke needs MODEL"],
    [["invoke", "iris", "{petal:", "1}"], `slipway invoke does not take "1}"`],
  ])("%j is refused in one sentence", (argv, sentence) => {
    const error = thrownBy(() => parseCall(argv));
    expect(error).toBeInstanceOf(SlipwayError);
    expect([(error as SlipwayError).message, (error as SlipwayError).code]).toEqual([sentence, "SLIP-5010"]);
  });
});

describe("help", () => {
  it("lists every verb within 80 columns", () => {
    const lines = overviewHelp("1.2.3").flatMap((block) => (block.kind === "text" ? block.lines : []));
    expect(lines.filter((line) => line.length > 80)).toEqual([]);
    for (const { name } of verbs) expect(lines.join("\n")).toContain(name);
    expect(lines).toMatchSnapshot();
  });

  it.each(verbs.map((verb) => [verb.name === "" ? "slipway" : verb.name, verb] as const))(
    "of %s names its options within 80 columns",
    (_, verb) => {
      const lines = verbHelp(verb).flatMap((block) => (block.kind === "text" ? block.lines : []));
      expect(lines.filter((line) => line.length > 80)).toEqual([]);
      for (const option of Object.keys(verb.options)) expect(lines.join("\n")).toContain(`--${option}`);
    },
  );
});

describe("the closest word", () => {
  it("is found through a swap, a missing and a wrong letter, and not beyond", () => {
    const names = ["iris", "reviews", "whisper"];
    expect([
      closest("irsi", names),
      closest("iri", names),
      closest("rewiews", names),
      closest("sentiment", names),
      closest("iris", []),
    ]).toEqual(["iris", "iris", "reviews", undefined, undefined]);
  });
});

function thrownBy(call: () => unknown): unknown {
  try {
    call();
  } catch (error) {
    return error;
  }
  return undefined;
}
