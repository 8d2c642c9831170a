import { existsSync } from "node:fs";
import { join } from "node:path";
import { show, text } from "./arguments";
import { projectPath } from "./component";
import type { Problems } from "./errors/problems";
import { isPacked } from "./hosting/model-artifact";
import { architectureOf, architectures } from "./instance-architecture";
import { usualScript } from "./model-code";
import { instanceTypes } from "./model-images";
import type { ModelServiceArgs } from "./model-service-args";
import { checkFrameworkImage, frameworkTable } from "./registry/framework";
import { checkImageBuild } from "./registry/image-build";

const sources = ["code", "build", "image", "framework", "modelPackage"] as const;

/** What is said of a build, and does not go with one of the sources. */
const unfit = {
  code: { keys: [], why: "" },
  build: { keys: ["baseImage", "aptPackages"], why: "whose Dockerfile says it" },
  image: { keys: ["baseImage", "aptPackages", "architecture"], why: "which is not built" },
  framework: { keys: ["baseImage", "aptPackages", "architecture"], why: "whose image is AWS's own" },
  modelPackage: {
    keys: ["baseImage", "aptPackages", "architecture", "training", "modelData"],
    why: "which has image and model data already",
  },
} as const;

export const scriptName = text({ pattern: /^[A-Za-z_]\w*\.py$/, allowed: 'the name of a script in sourceDir, such as "inference.py"' });

/** What the containers are made from is said once, and what is said of a build goes with what is built. */
export function checkSource(args: ModelServiceArgs, problems: Problems): void {
  const [first, ...more] = sources.filter((key) => args[key] !== undefined);
  if (first === undefined) {
    problems.add("code", 'is missing; give code: "models/<name>" for a model.py, or build, image, framework or modelPackage');
    return;
  }
  for (const key of more) {
    problems.add(key, `got ${show(args[key])} together with ${first} ${show(args[first])}; give one of ${sources.join(", ")}`);
  }
  const { keys, why } = unfit[first];
  for (const key of keys.filter((each) => args[each] !== undefined)) {
    problems.add(key, `got ${show(args[key])} together with ${first}, ${why}; remove it`);
  }
  if (isObject(args.build)) {
    checkImageBuild(args.build, "build", args.training !== undefined, problems);
  }
}

/** An image that is built for one kind of processor runs on no other. */
export function checkArchitecture(args: ModelServiceArgs, problems: Problems): void {
  const { architecture, realtime } = args;
  const main = instanceTypes(args).serving;
  const variants = Object.entries(realtime?.variants ?? {}).map(([name, variant]) => [`realtime.variants.${name}`, variant] as const);
  const shadow = realtime?.shadow === undefined ? [] : [["realtime.shadow", realtime.shadow] as const];
  for (const [path, variant] of [...variants, ...shadow]) {
    const type = isObject(variant) && variant.image === undefined ? variant.instanceType : undefined;
    if (typeof type === "string" && typeof main === "string" && architectureOf(type) !== architectureOf(main)) {
      problems.add(
        `${path}.instanceType`,
        `got ${show(type)}, which runs ${architectureOf(type)}; the image is made for ${architectureOf(main)}, the processors of ${main}: choose a type with these, or give the variant an image of its own`,
      );
    }
  }
  if (!architectures.some((known) => known === architecture)) {
    return;
  }
  for (const [path, given] of [
    ["training.instanceType", args.training?.instanceType],
    [realtime === undefined ? "async.instanceType" : "realtime.instanceType", main],
  ] as const) {
    if (typeof given === "string" && architectureOf(given) !== architecture) {
      problems.add(
        "architecture",
        `got ${show(architecture)}; ${path} ${show(given)} runs ${architectureOf(given)}: choose another instance type, or remove architecture, and each image is built for its instances`,
      );
    }
  }
}

/** The scripts of a framework's image, and where that image finds them. */
export function checkScripts(args: ModelServiceArgs, problems: Problems): void {
  const { framework, training, modelData } = args;
  if (framework === undefined) {
    for (const key of ["sourceDir", "entryPoint", "trainingEntryPoint"] as const) {
      if (args[key] !== undefined) {
        problems.add(key, `got ${show(args[key])} without framework, whose image runs scripts; give framework, or code in its place`);
      }
    }
    return;
  }
  if (!isObject(framework)) {
    return;
  }
  const types = instanceTypes(args);
  checkFrameworkImage(framework, "serving", types.serving, "framework", problems);
  if (isObject(training)) {
    checkFrameworkImage(framework, "training", types.training, "framework", problems);
  }
  if (training === undefined && modelData === undefined) {
    problems.add("modelData", "is missing; what framework serves is trained, or given as modelData: give training or modelData");
  }
  checkFiles(args, framework, problems);
  checkReach(args, framework, problems);
}

type Framework = NonNullable<ModelServiceArgs["framework"]>;

function checkFiles(
  { sourceDir, entryPoint, trainingEntryPoint, training }: ModelServiceArgs,
  framework: Framework,
  problems: Problems,
): void {
  if (sourceDir === undefined && (training !== undefined || entryPoint !== undefined)) {
    problems.add("sourceDir", 'is missing; give the folder of the scripts, such as "models/reviews"');
  }
  if (trainingEntryPoint !== undefined && training === undefined) {
    problems.add("trainingEntryPoint", `got ${show(trainingEntryPoint)}, but nothing is trained; give training, or remove it`);
  }
  if (typeof sourceDir !== "string" || !existsSync(projectPath(sourceDir))) {
    return;
  }
  const needed = [
    ...(training === undefined ? [] : [["trainingEntryPoint", trainingEntryPoint, usualScript.training] as const]),
    ...(entryPoint === undefined && frameworkTable(framework)?.servesWithoutScript === true
      ? []
      : [["entryPoint", entryPoint, usualScript.serving] as const]),
  ];
  for (const [key, given, usual] of needed) {
    const script = given ?? usual;
    if (typeof script === "string" && !existsSync(join(projectPath(sourceDir), script))) {
      problems.add(
        key,
        `${given === undefined ? "is missing" : `got ${show(given)}`}; ${show(sourceDir)} has no ${script}: add it, or name another script`,
      );
    }
  }
}

/** Images that fetch their scripts need a network; the others need them in the model data. What tells them is not for the declaration to set. */
function checkReach(args: ModelServiceArgs, framework: Framework, problems: Problems): void {
  const fetches = frameworkTable(framework)?.fetchesServingCode;
  if (fetches === false && args.sourceDir !== undefined && args.modelData !== undefined && isPacked(args.modelData)) {
    problems.add(
      "sourceDir",
      `got ${show(args.sourceDir)} together with modelData that is an archive; the image of ${framework.name} looks for its script there: put it into its folder code, and remove sourceDir`,
    );
  }
  const isolated = [
    ...(args.training?.networkIsolation === true ? ["training"] : []),
    ...(fetches === true && args.sourceDir !== undefined
      ? (["realtime", "async"] as const).filter((kind) => args[kind]?.networkIsolation === true)
      : []),
  ];
  for (const kind of isolated) {
    problems.add(
      `${kind}.networkIsolation`,
      "got true; the framework's image fetches its script from S3, which an isolated container cannot: remove it",
    );
  }
  const taken = {
    environment: args.environment,
    "training.hyperparameters": args.training?.hyperparameters,
    "training.environment": args.training?.environment,
  };
  for (const [path, given] of Object.entries(taken)) {
    for (const name of Object.keys(isObject(given) ? given : {}).filter((each) =>
      /^sagemaker_(program|submit_directory|region)$/i.test(each),
    )) {
      problems.add(`${path}.${name}`, "is set by framework; use sourceDir, entryPoint and trainingEntryPoint");
    }
  }
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
