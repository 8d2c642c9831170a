import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ImageStore, LocalImage } from "../images/image-store";
import { frameworkRequirements, writeAdapterContext } from "../images/prebuilt/adapter-context";
import type { FrameworkImage } from "../images/prebuilt/framework-image";
import { defaultBaseImage } from "./default-base-image";
import { docker } from "./docker-command";
import { compared } from "./stand-in";

const nearestRequirements = "nearest-requirements.txt";

/**
 * The image that stands for one of AWS's framework images which Docker cannot pull: the kit, with the framework in the nearest version that
 * has packages for the base image's Python. Rejects with the last lines of a build that fails.
 */
export async function dockerStandIn(
  uri: string,
  framework: FrameworkImage,
  store: Pick<ImageStore, "build">,
  tell: (line: string) => void,
): Promise<LocalImage> {
  const context = await mkdtemp(join(tmpdir(), "slipway-stand-in-"));
  try {
    await writeAdapterContext(context, framework);
    await writeFile(join(context, nearestRequirements), `${nearest(framework).join("\n")}\n`);
    await writeFile(join(context, "Dockerfile"), dockerfile(framework));
    const image = await store.build({ imageName: uri, context });
    const script =
      "import sys; from importlib.metadata import version; print(version(sys.argv[1]), 'with Python', '%d.%d' % sys.version_info[:2])";
    const run = ["run", "--rm", "--network", "none", "--entrypoint", "python", image.dockerImageId ?? image.uri, "-c", script];
    tell(`${framework.repository.framework} ${await docker([...run, framework.repository.package])} ${compared(framework)}`);
    return image;
  } finally {
    await rm(context, { recursive: true, force: true });
  }
}

/** A version of AWS's minor release, and what was built in its time: packages of before NumPy 2 cannot be imported with it. */
function nearest({ repository, version }: FrameworkImage): readonly string[] {
  const [major = "", minor = ""] = version.split(".");
  const old = repository.beside.map((each) => (each.startsWith("numpy") ? `${each},<2` : each));
  return [`${repository.package}>=${version},==${major}.${minor}.*`, ...old];
}

/** pip rather than uv: a base image's own index and certificates are in pip's configuration. */
function dockerfile({ repository }: FrameworkImage): string {
  // PyTorch's own index has builds for the processor alone; PyPI's bring gigabytes of CUDA, and will do where there is no other.
  const processor = repository.package === "torch" ? "--extra-index-url https://download.pytorch.org/whl/cpu" : undefined;
  const install = (file: string, ...more: readonly string[]) =>
    ["pip install --only-binary :all: -c /build/constraints.txt", ...more, "-r", `/build/${file}`].join(" ");
  const attempts = [nearestRequirements, frameworkRequirements].flatMap((file) =>
    processor === undefined ? [install(file)] : [install(file, processor), install(file)],
  );
  // As AWS's images do it: what the code asks for is installed when the container starts.
  const start = [
    'wanted="$SAGEMAKER_SUBMIT_DIRECTORY/requirements.txt"',
    'if [ -f "$wanted" ]; then pip install --quiet -c /build/constraints.txt -r "$wanted" || exit 1; fi',
    'exec python -m slipway_kit "$@"',
  ];
  return `ARG BASE_IMAGE=${defaultBaseImage()}
FROM \${BASE_IMAGE}
RUN python3 -m venv /opt/venv
ENV PATH=/opt/venv/bin:$PATH PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore PIP_NO_CACHE_DIR=1
COPY kit/requirements.txt /build/kit/
RUN pip install --require-hashes --only-binary :all: -r /build/kit/requirements.txt \\
 && sed -n 's/^\\([A-Za-z0-9._-]*==[^ ;\\\\]*\\).*/\\1/p' /build/kit/requirements.txt > /build/constraints.txt
COPY ${nearestRequirements} ${frameworkRequirements} /build/
RUN ${attempts.join(" \\\n || ")}
COPY kit/src /opt/slipway/kit/src
ENV PYTHONPATH=/opt/slipway/kit/src PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
RUN mkdir -p /opt/ml && chmod 0777 /opt/ml
EXPOSE 8080
ENTRYPOINT ${JSON.stringify(["sh", "-c", start.join("; "), "slipway"])}
`;
}
