import { SlipwayError } from "../../components/errors/slipway-error";
import type { DaemonOptions } from "../daemon-options";
import type { ImageBuilder } from "../images/image-store";
import type { ProcessRegister } from "../state/process-register";
import type { ContainerRunner } from "./container-runner";
import { defaultBaseImage } from "./default-base-image";
import { dockerAnswers, imageWithinReach } from "./docker-command";
import { DockerRunner } from "./docker-runner";
import { ProcessRunner } from "./process-runner";
import { PythonEnvironments } from "./python-environments";

export type Runner = ContainerRunner & ImageBuilder;

/**
 * The runner asked for; with `auto`, Docker when an engine answers and can have the kit's base image, else processes. `note` says why an
 * engine that answers is not used.
 */
export async function chooseRunner(options: DaemonOptions, register: ProcessRegister): Promise<{ runner: Runner; note?: string }> {
  const processes = () => new ProcessRunner(new PythonEnvironments(options.pythonTools), register);
  if (options.runner === "process") {
    return { runner: processes() };
  }
  if (!(await dockerAnswers())) {
    if (options.runner === "docker") {
      throw new SlipwayError("SLIP-5021", "no Docker engine answered `docker version` within a second");
    }
    return { runner: processes() };
  }
  const base = options.baseImage ?? defaultBaseImage();
  if (options.runner === "auto" && !(await imageWithinReach(base))) {
    return {
      runner: processes(),
      note: `Docker answers, but its engine cannot get the base image ${base}: containers run as processes (--runner docker insists on Docker)`,
    };
  }
  const { stateDir, baseImage } = options;
  return {
    runner: new DockerRunner({ stateDir, register, buildFlags: ["--network=host"], ...(baseImage === undefined ? {} : { baseImage }) }),
  };
}
