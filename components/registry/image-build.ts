import { existsSync, statSync } from "node:fs";
import { join, normalize } from "node:path";
import type * as pulumi from "@pulumi/pulumi";
import { type Check, type Checks, environmentName, join as joinPath, list, map, object, required, show, text } from "../arguments";
import { projectPath } from "../component";
import type { Problems } from "../errors/problems";

/** How an image is started where there is no Docker, in a virtual environment of its own. Paths are relative to the context. */
export interface ImageProcessArgs {
  /** Command that serves, such as `["uvicorn", "app:app", "--port", "{port}"]`. `{port}` stands for the port to listen on, which SAGEMAKER_BIND_TO_PORT has too. */
  serve: string[];
  /** Command that trains; needed with `training` only. */
  train?: string[];
  /** What pip installs first. Default: `requirements.txt`, when the context has it. */
  requirements?: string;
  /** Folder the command runs in. Default: the context. */
  workingDirectory?: string;
  /** Environment that the Dockerfile sets with ENV; one whose value is a path of the context gets it absolute. */
  environment?: { [name: string]: string };
}

/** An image that a Dockerfile describes. */
export interface ImageBuildArgs {
  /** Folder with everything the image is built from, relative to the project. */
  context: string;
  /** The Dockerfile, relative to the project. Default: `Dockerfile` in `context`. */
  dockerfile?: string;
  /** Stage of the Dockerfile to build. Default: the last one. */
  target?: string;
  /** Build arguments of the Dockerfile. Not for secrets: the image keeps them. */
  buildArguments?: { [name: string]: pulumi.Input<string> };
  /** How the image is started where there is no Docker. Without it, `npm start` needs Docker for this model. AWS never sees it. */
  process?: ImageProcessArgs;
}

/** The Dockerfile of a build, relative to the project. */
export function dockerfileOf({ context, dockerfile }: Pick<ImageBuildArgs, "context" | "dockerfile">): string {
  return dockerfile ?? join(context, "Dockerfile");
}

const word = text({ max: 4096 });
const insidePath: Check = (value, path, problems) => {
  if (typeof value !== "string" || value === "" || value.startsWith("/") || normalize(value).startsWith("..")) {
    problems.add(path, `got ${show(value)}; expected a path inside of the context, relative to it, such as "requirements.txt"`);
  }
};

export const imageProcessChecks: Checks<ImageProcessArgs> = {
  serve: required(list(word, { min: 1, max: 100 })),
  train: list(word, { min: 1, max: 100 }),
  requirements: insidePath,
  workingDirectory: insidePath,
  environment: map(text({ max: 1024 }), { max: 100, key: environmentName }),
};

/** A folder of the project, with files in it. */
const contextFolder: Check = (value, path, problems) => {
  if (typeof value !== "string" || value === "") {
    problems.add(path, `got ${show(value)}; expected the folder that the image is built from, such as "models/summarise"`);
  } else if (!existsSync(projectPath(value)) || !statSync(projectPath(value)).isDirectory()) {
    problems.add(path, `got ${show(value)}; there is no such folder below the project`);
  }
};

export const imageBuildChecks: Checks<ImageBuildArgs> = {
  context: required(contextFolder),
  dockerfile: text(),
  target: text({ pattern: /^[\w.-]+$/, allowed: "the name of a stage, FROM ... AS <name>" }),
  buildArguments: map(text(), { max: 100, key: { pattern: /^\w+$/, allowed: "letters, digits and underscores" } }),
  process: object(imageProcessChecks),
};

/** Rules between the arguments and the files they name; each argument alone has been checked already. */
export function checkImageBuild(args: ImageBuildArgs, path: string, trains: boolean, problems: Problems): void {
  const { context, dockerfile, process } = args;
  if (typeof context !== "string" || !existsSync(projectPath(context)) || !statSync(projectPath(context)).isDirectory()) {
    return;
  }
  const file = dockerfileOf(args);
  if (typeof file !== "string") {
    return;
  }
  if (!existsSync(projectPath(file)) || !statSync(projectPath(file)).isFile()) {
    problems.add(
      joinPath(path, "dockerfile"),
      dockerfile === undefined
        ? `is missing; ${show(context)} has no Dockerfile: add one, or name another as dockerfile, relative to the project`
        : `got ${show(dockerfile)}; there is no such file; the path is relative to the project, not to the context`,
    );
  }
  if (typeof process === "object" && process !== null) {
    checkProcess(process, context, joinPath(path, "process"), trains, problems);
  }
}

function checkProcess(process: ImageProcessArgs, context: string, path: string, trains: boolean, problems: Problems): void {
  for (const key of ["requirements", "workingDirectory"] as const) {
    const given = process[key];
    if (typeof given === "string" && !existsSync(join(projectPath(context), given))) {
      problems.add(joinPath(path, key), `got ${show(given)}; ${show(context)} has no such ${key === "requirements" ? "file" : "folder"}`);
    }
  }
  if (existsSync(join(projectPath(context), "slipway-image.json"))) {
    problems.add(path, `is given, and ${show(context)} has a slipway-image.json that says the same in its own way; remove one of the two`);
  }
  const fixed = Array.isArray(process.serve) ? process.serve.findIndex((given) => /^(.*[:=])?8080$/.test(String(given))) : -1;
  if (fixed >= 0) {
    const given = String(process.serve[fixed]);
    problems.add(
      `${joinPath(path, "serve")}[${fixed}]`,
      `got ${show(given)}; without Docker all models share this machine's ports: write ${show(given.replace(/8080$/, "{port}"))}`,
    );
  }
  if (trains && process.train === undefined) {
    problems.add(joinPath(path, "train"), 'is missing; with training it says what trains, such as ["python", "train.py"]');
  }
}
