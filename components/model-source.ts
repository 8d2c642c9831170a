import { show } from "./arguments";
import type { Problems } from "./errors/problems";
import type { ModelServiceArgs } from "./model-service-args";
import { checkImageBuild } from "./registry/image-build";

const sources = ["code", "build", "image"] as const;

/** What is said of a build, and does not go with one of the sources. */
const unfit = {
  code: { keys: [], why: "" },
  build: { keys: ["baseImage", "aptPackages"], why: "whose Dockerfile says it" },
  image: { keys: ["baseImage", "aptPackages", "architecture"], why: "which is not built" },
} as const;

/** What the containers are made from is said once, and what is said of a build goes with what is built. */
export function checkSource(args: ModelServiceArgs, problems: Problems): void {
  const [first, ...more] = sources.filter((key) => args[key] !== undefined);
  if (first === undefined) {
    problems.add("code", 'is missing; give code: "models/<name>" for a model.py, or build or image for a container of your own');
    return;
  }
  for (const key of more) {
    problems.add(key, `got ${show(args[key])} together with ${first} ${show(args[first])}; give one of ${sources.join(", ")}`);
  }
  const { keys, why } = unfit[first];
  for (const key of keys.filter((each) => args[each] !== undefined)) {
    problems.add(key, `got ${show(args[key])} together with ${first}, ${why}; remove it`);
  }
  if (typeof args.build === "object" && args.build !== null) {
    checkImageBuild(args.build, "build", args.training !== undefined, problems);
  }
}
