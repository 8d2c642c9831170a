import type { VerbCall } from "../verbs/verb";
import { findProject, type Project, projectName, requireProject } from "./project";
import { findStateDir, type StatePaths, statePaths } from "./state-dir";

/** The project a command runs in and the state directory it means. Throws SLIP-5009 outside a project. */
export function localPlace(call: VerbCall): { project: Project; paths: StatePaths } {
  const project = requireProject(call.cwd);
  return { project, paths: pathsOf(call, project) };
}

/** As `localPlace`, for commands that need no project when a state directory is given. */
export function localPaths(call: VerbCall): StatePaths {
  return pathsOf(call, call.arguments.text("state") === undefined ? requireProject(call.cwd) : findProject(call.cwd));
}

function pathsOf(call: VerbCall, project: Project | undefined): StatePaths {
  const root = findStateDir(call.arguments.text("state"), call.cwd);
  if (root === undefined) throw new Error("a state directory is known once a project is");
  return statePaths(root, project === undefined ? undefined : projectName(project));
}
