import { join } from "node:path";
import { packageRoot } from "../../tools/package-root";
import { type Check, checks } from "../doctor/checks";
import type { Block, Cell, JsonValue } from "../output/events";
import { findProject } from "../project/project";
import { findStateDir, statePaths } from "../project/state-dir";
import type { VerbCall } from "../verbs/verb";
import { version } from "../version";

/** A block to paste into an issue; ends with 3 when something needed is missing. */
export async function run(call: VerbCall): Promise<number | undefined> {
  const stateDir = findStateDir(call.arguments.text("state"), call.cwd);
  const root = packageRoot();
  const found = await checks({
    env: call.env,
    project: findProject(call.cwd),
    paths: stateDir === undefined ? undefined : statePaths(stateDir),
    bundle: join(root, "dist", "daemon.js"),
  });
  call.emit({ kind: "result", data: { version, checks: found.map(toData), ok: !found.some(isMissing) }, blocks: report(found) });
  return found.some(isMissing) ? 3 : undefined;
}

/** The page for people. */
export function report(found: readonly Check[]): Block[] {
  const rows = found.map(({ what, state, found: text }): Cell[] => [
    state === "ok"
      ? { text: "ok", tone: "good" }
      : state === "missing"
        ? { text: "missing", tone: "bad" }
        : { text: "note", tone: "warning" },
    what,
    text,
  ]);
  const cures = found.flatMap(({ what, cure, state }) => (cure === undefined || state === "ok" ? [] : [[what, cure] as const]));
  const blocks: Block[] = [{ kind: "table", head: [`slipway ${version}`, "", ""], rows }];
  if (cures.length > 0) blocks.push({ kind: "text", lines: ["", "What to do"] }, { kind: "pairs", rows: cures });
  return blocks;
}

function isMissing({ state }: Check): boolean {
  return state === "missing";
}

function toData({ what, state, found, cure }: Check): JsonValue {
  return { what, state, found, cure: cure ?? null };
}
