import type { Block } from "../output/events";
import { stateWords } from "../project/state-words";
import type { VerbCall } from "../verbs/verb";
import { type LocalView, localView, modelsData, modelTable } from "./local-view";

export async function run(call: VerbCall): Promise<undefined> {
  const view = await localView(call);
  const next = `${nextCommand(view)}${stateWords(call.arguments.text("state"))}`;
  const blocks: Block[] = [];
  if (view.models.length > 0) blocks.push({ kind: "table", ...modelTable(view.models, Date.now()) });
  blocks.push({ kind: "text", lines: [`Next: ${next}`] });
  call.emit({ kind: "result", data: { running: view.status !== undefined, models: modelsData(view.models), next }, blocks });
}

/** The one command that helps most now. */
export function nextCommand({ status, models }: LocalView): string {
  if (status === undefined) return "npx slipway local up";
  const failing = models.find(({ state }) => /fail/i.test(state));
  if (failing !== undefined) return `npx slipway local logs ${failing.name}`;
  if (models.length === 0) return "declare a model in models/<name>/service.ts, then npx slipway local up";
  const waiting = models.find((model) => !model.well);
  if (waiting !== undefined) return "npx slipway local up";
  const unasked = models.find(({ endpoint }) => endpoint?.lastInvocation === undefined);
  return `npx slipway invoke ${(unasked ?? models[0])?.name} @sample`;
}
