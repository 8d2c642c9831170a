import { join } from "node:path";
import type { VerbCall } from "../verbs/verb";
import { findProject, type Project, projectName, requireProject } from "./project";
import { findStateDir, type StatePaths, statePaths } from "./state-dir";

/** The project a command runs in and the state directory it means. Throws SLIP-5009 outside a project. */
export function localPlace(call: VerbCall): { project: Project; paths: StatePaths } {
  const project = requireProject(call.cwd);
  return { project, paths: pathsOf(call, project) };
}

/** As `localPlace`, for commands that need no project when a state directory is given or is here. */
export function localPaths(call: VerbCall): StatePaths {
  return pathsOf(
    call,
    findStateDir(call.arguments.text("state"), call.cwd) === undefined ? requireProject(call.cwd) : findProject(call.cwd),
  );
}

function pathsOf(call: VerbCall, project: Project | undefined): StatePaths {
  const root = findStateDir(call.arguments.text("state"), call.cwd);
  if (root === undefined) throw new Error("a state directory is known once a project is");
  return statePaths(root, project === undefined ? undefined : projectName(project));
}

/** Where an endpoint alone keeps its state: as other commands find it, or in `.slipway` of this folder, which need not belong to a project. */
export function endpointPaths(call: VerbCall): StatePaths {
  const project = findProject(call.cwd);
  const root = findStateDir(call.arguments.text("state"), call.cwd) ?? join(call.cwd, ".slipway");
  return statePaths(root, project === undefined ? undefined : projectName(project));
}
