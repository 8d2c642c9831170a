import { stat } from "node:fs/promises";
import { join } from "node:path";
import { contextDigest } from "../../images/context-digest";
import { CheckError } from "../errors";
import type { Context, ResourceSpec } from "../spec";
import { block, flag, hasUnknown, requiredText, text, textMap, UNKNOWN, type Value, type Values } from "../values";

/** `docker:index/image:Image`: built by the local image store; nothing is pushed, the digest is known to the local SageMaker. */
export const dockerImage: ResourceSpec = {
  type: "docker:index/image:Image",
  computed: ["repoDigest", "baseImageName", "registryServer", "context", "dockerfile", "platform"],
  async check(context, inputs) {
    const build = block(inputs, "build") ?? {};
    if (hasUnknown(build.context)) return { ...inputs, build };
    const folder = text(build, "context") ?? ".";
    const absolute = await context.absolute(folder);
    const found = await stat(absolute).catch(() => undefined);
    if (found?.isDirectory() !== true) {
      const reason = `the folder ${folder} is not there (looked for ${absolute}); it must hold the Dockerfile and all it copies`;
      throw new CheckError([{ property: "build.context", reason }]);
    }
    const dockerfile = text(build, "dockerfile");
    const recipe = dockerfile === undefined ? join(absolute, "Dockerfile") : await context.absolute(dockerfile);
    if (build.dockerfile !== UNKNOWN && (await stat(recipe).catch(() => undefined)) === undefined) {
      const reason = `there is no ${recipe}; the path is relative to the project, not to the context`;
      throw new CheckError([{ property: "build.dockerfile", reason }]);
    }
    return { ...inputs, build: { ...build, context: folder, contextDigest: await contextDigest(absolute) } };
  },
  async create(context, inputs) {
    const outputs = await build(context, inputs);
    return { id: requiredText(inputs, "imageName"), outputs };
  },
  read: (_context, _id, state) => Promise.resolve(state),
  update: (context, { news }) => build(context, news),
  delete: () => Promise.resolve(),
  renewed: () => ["repoDigest"],
};

async function build(context: Context, inputs: Values): Promise<Values> {
  const imageName = requiredText(inputs, "imageName");
  const options = block(inputs, "build");
  const folder = text(options, "context") ?? ".";
  const dockerfile = text(options, "dockerfile");
  const platform = text(options, "platform");
  const target = text(options, "target");
  const image = await context.images.build({
    imageName,
    context: await context.absolute(folder),
    ...(dockerfile !== undefined && { dockerfile: await context.absolute(dockerfile) }),
    ...(platform !== undefined && { platform }),
    ...(target !== undefined && { target }),
    args: textMap(options, "args") ?? {},
  });
  const skipped = flag(inputs, "skipPush") === true;
  const outputs: Record<string, Value> = {
    imageName,
    baseImageName: imageName,
    repoDigest: skipped ? "" : image.uri,
    registryServer: text(block(inputs, "registry"), "server") ?? imageName.split("/")[0] ?? "",
    context: folder,
    dockerfile: dockerfile ?? "Dockerfile",
  };
  return platform === undefined ? outputs : { ...outputs, platform };
}
