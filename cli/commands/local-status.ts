import type { Block } from "../output/events";
import { stateWords } from "../project/state-words";
import type { VerbCall } from "../verbs/verb";
import { localView, modelsData, modelTable } from "./local-view";

/** Ends with 1 when something is not well, so that scripts can ask. */
export async function run(call: VerbCall): Promise<number | undefined> {
  const { status, models } = await localView(call);
  const well = status !== undefined && models.every((model) => model.well);
  const blocks: Block[] = [];
  const start = `npx slipway local up${stateWords(call.arguments.text("state"))}`;
  if (status === undefined) blocks.push({ kind: "text", lines: [`The local platform is not running. Start it: ${start}`] });
  else {
    blocks.push({
      kind: "pairs",
      rows: [
        ["AWS API", status.endpointUrl],
        ...(status.consoleUrl === undefined ? [] : [["Console", status.consoleUrl] as const]),
        ["Runs as", `account ${status.account}, ${status.region}, ${status.runner} runner`],
        ["State", status.stateDir],
      ],
    });
  }
  if (models.length > 0) blocks.push({ kind: "text", lines: [""] }, { kind: "table", ...modelTable(models, Date.now()) });
  const apis = models.flatMap(({ name, deployed }) =>
    deployed?.apiUrl === undefined || status === undefined ? [] : [[name, deployed.apiUrl] as const],
  );
  if (apis.length > 0) blocks.push({ kind: "text", lines: ["", "API"] }, { kind: "pairs", rows: apis });
  call.emit({
    kind: "result",
    data: {
      running: status !== undefined,
      well,
      endpointUrl: status?.endpointUrl ?? null,
      consoleUrl: status?.consoleUrl ?? null,
      region: status?.region ?? null,
      account: status?.account ?? null,
      runner: status?.runner ?? null,
      stateDir: status?.stateDir ?? null,
      models: modelsData(models),
    },
    blocks,
  });
  return well ? undefined : 1;
}
