import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Container, ContainerSpec } from "../../../../local/containers/container-runner";
import { ProcessRunner } from "../../../../local/containers/process-runner";
import { PythonEnvironments } from "../../../../local/containers/python-environments";
import { ProcessRegister } from "../../../../local/state/process-register";

export interface Programs {
  /** Starts a program as a container. */
  run(spec: Partial<ContainerSpec> & { readonly program: readonly string[]; readonly workingDirectory?: string }): Promise<Container>;
  readonly register: ProcessRegister;
}

/** A runner whose images are programs: they need no Python, and so none is there. */
export function processRunner(folder: string): Programs {
  const tools = join(folder, "tools", "bin");
  const context = join(folder, "context");
  for (const path of [tools, context]) mkdirSync(path, { recursive: true });
  writeFileSync(join(tools, "python"), "#!/bin/sh\necho /no/python\necho 3.11.0\n");
  chmodSync(join(tools, "python"), 0o755);
  const register = new ProcessRegister(folder);
  const runner = new ProcessRunner(new PythonEnvironments(join(folder, "tools"), join(folder, "cache")), register);
  const run: Programs["run"] = ({ program, workingDirectory, ...more }) => {
    const where = workingDirectory === undefined ? {} : { workingDirectory };
    const manifest = { requirements: [], pythonPath: [], serve: [...program], train: [...program], environment: {}, ...where };
    const image = { uri: "image", repository: "image", digest: "sha256:1", context, manifest };
    const baseDir = join(folder, "ml");
    return runner.run({ name: "container", image, command: "train", baseDir, environment: {}, onLine: () => undefined, ...more });
  };
  return { run, register };
}
