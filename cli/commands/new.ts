import { resolve } from "node:path";
import { modelName, text } from "../../components/arguments";
import { Problems } from "../../components/errors/problems";
import { type Choices, chosen, type Framework, type Front, frameworkOptions, frontOptions, kindOptions, type Option } from "../new/choices";
import { checkArtifact, type Written, writeModel } from "../new/write-model";
import type { Block } from "../output/events";
import { requireProject } from "../project/project";
import { usageError } from "../verbs/parse";
import type { VerbCall } from "../verbs/verb";

/** Writes a model's folder and puts it into the project's list; asks for what the options leave open when there is somebody to ask. */
export async function run(call: VerbCall): Promise<undefined> {
  if (call.arguments.flag("list")) {
    list(call);
    return;
  }
  const project = requireProject(call.cwd);
  const name = call.arguments.positionals[0];
  if (name === undefined) throw usageError("slipway new needs NAME", "", undefined, "slipway new NAME, such as slipway new rents");
  checkName(name);
  const given = call.arguments.text("from");
  const from = given === undefined ? undefined : resolve(call.cwd, given);
  const choices = await choose(call, from !== undefined);
  checkArtifact(from, choices);
  tell(call, name, choices, writeModel(project, name, choices, from), from === undefined);
}

/** How a model is served when nobody says, where that is not in real time: recordings are large. */
const usualKinds: Readonly<Partial<Record<Framework, Choices["kind"]>>> = { audio: "async" };

async function choose(call: VerbCall, hasArtifact: boolean): Promise<Choices> {
  const pick = async <T extends string>(flag: string, question: string, options: readonly Option<T>[], standard: T): Promise<T> =>
    chosen(flag, call.arguments.text(flag), options) ?? (call.interactive ? await call.choose(question, options, standard) : standard);
  const framework = hasArtifact
    ? (chosen("framework", call.arguments.text("framework"), frameworkOptions) ?? "pretrained")
    : await pick<Framework>("framework", "What does it begin with?", frameworkOptions, "sklearn");
  const kind = await pick("kind", "How is it served?", kindOptions, usualKinds[framework] ?? "realtime");
  return { framework, kind, front: await pick<Front>("front", "How is it called?", frontOptions, kind === "async" ? "none" : "http") };
}

function checkName(name: string): void {
  const problems = new Problems();
  text(modelName)(name, "name", problems);
  const [fault] = problems.faults;
  if (fault !== undefined) throw usageError(`a model cannot be named "${name}"`, name, undefined, fault.reason);
}

function tell(call: VerbCall, name: string, choices: Choices, written: Written, hasSample: boolean): void {
  const byHand: Block[] =
    written.toAdd.length === 0
      ? []
      : [{ kind: "text", lines: ["", "Add it to your program:", ...written.toAdd.map((line) => `  ${line}`)] }];
  call.emit({
    kind: "result",
    data: { name, ...choices, files: [...written.files], toAdd: [...written.toAdd] },
    blocks: [
      { kind: "text", lines: written.files.map((file) => `wrote  ${file}`) },
      ...byHand,
      { kind: "text", lines: ["", "Next: npx slipway local up", ...(hasSample ? [`      npx slipway invoke ${name}`] : [])] },
    ],
  });
}

function list(call: VerbCall): void {
  const sections: readonly [string, readonly Option<string>[]][] = [
    ["framework", frameworkOptions],
    ["kind", kindOptions],
    ["front", frontOptions],
  ];
  const rows = sections.flatMap(([flag, options]) => options.map(({ value, describe }) => [`--${flag}`, value, describe]));
  call.emit({
    kind: "result",
    data: { options: rows.map(([option = "", value = "", describe = ""]) => ({ option, value, describe })) },
    blocks: [{ kind: "table", head: ["OPTION", "VALUE", "IS"], rows }],
  });
}
