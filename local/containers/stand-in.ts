import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ImageStore, LocalImage } from "../images/image-store";
import { writeAdapterContext } from "../images/prebuilt/adapter-context";
import { type FrameworkImage, frameworkImage, frameworkRepository, servedRepositories } from "../images/prebuilt/framework-image";
import type { PythonEnvironments } from "./python-environments";

/** The image that stands for one of AWS's framework images where there is no Docker: the kit, with the framework installed. */
export async function standIn(
  uri: string,
  store: Pick<ImageStore, "build">,
  pythons: PythonEnvironments,
  tell: (line: string) => void,
): Promise<LocalImage> {
  const framework = frameworkImage(uri);
  if (framework === undefined) {
    throw new Error(refusal(uri));
  }
  const { repository, version } = framework;
  tell(`${uri} is not pulled: the Slipway kit with ${repository.framework} stands for it, and is installed now unless it was before`);
  const context = await mkdtemp(join(tmpdir(), "slipway-stand-in-"));
  try {
    await writeAdapterContext(context, framework);
    const image = await store.build({ imageName: uri, context });
    const installed = await pythons.installedVersion(await pythons.pythonFor(image), repository.package);
    tell(`${repository.framework} ${installed ?? version} with Python ${await pythons.pythonVersion()} ${compared(framework)}`);
    return image;
  } finally {
    await rm(context, { recursive: true, force: true });
  }
}

/** What is told of a stand-in after the versions that it has. */
export function compared({ repository, version, python, gpu }: FrameworkImage): string {
  const theirs = `${repository.framework} ${version}${python === undefined ? "" : ` with Python ${python}`}`;
  return `stands for AWS's ${theirs}${gpu ? " on a GPU: it runs on the processor here" : ""}; other packages come from a requirements.txt beside the script`;
}

function refusal(uri: string): string {
  const repository = frameworkRepository(uri);
  const known =
    repository === undefined ? "" : ` Name AWS's image by a tag that begins with its version, such as ${repository.exampleTag}.`;
  return (
    `it was not built on this machine.${known} Without Docker an image runs here that was built here, or one of AWS's framework images ` +
    `in place of which the kit runs a script: ${servedRepositories()}. With Docker (--runner docker) any image runs that can be pulled`
  );
}
