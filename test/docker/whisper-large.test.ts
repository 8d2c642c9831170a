import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { writeContext } from "../../components/registry/image-context";
import { packageRoot } from "../../tools/package-root";
import { baseImage, build, docker } from "./support/kit-image";

const tag = "slipway-test/whisper-large";
const context = join(mkdtempSync(join(tmpdir(), "slipway-whisper-")), "context");

interface Planned {
  readonly type: string;
  readonly inputs: { readonly build?: { readonly args: Readonly<Record<string, string>> } };
}

/** Build arguments of the image in the reviewed plan. */
function planned(): Readonly<Record<string, string>> {
  const plan = readFileSync(join(packageRoot(), "test", "models", "__golden__", "whisper-large.json"), "utf8");
  return (JSON.parse(plan) as readonly Planned[]).find(({ type }) => type === "docker:index/image:Image")?.inputs.build?.args ?? {};
}

beforeAll(async () => {
  writeContext(context, join(packageRoot(), "models", "whisper", "large"), []);
  // NVIDIA's base cannot be had everywhere, and has gigabytes.
  build(tag, context, { ...planned(), BASE_IMAGE: await baseImage() });
});
afterAll(() => {
  docker(["image", "rm", "--force", tag]);
  rmSync(join(context, ".."), { recursive: true, force: true });
});

describe("the image of Whisper itself, on another base than NVIDIA's", () => {
  it("is planned on CUDA, and has faster-whisper and the model's code, which asks for the published weights", () => {
    expect(planned()).toEqual({
      BASE_IMAGE: expect.stringMatching(/^nvidia\/cuda:12[\d.]*-cudnn-runtime-ubuntu22\.04$/),
      APT_PACKAGES: "python3 python3-venv",
    });
    const program = "import ctranslate2, model; print(model.WhisperModel.__module__, model.WEIGHTS, ctranslate2.get_cuda_device_count())";
    const ran = docker([
      "run",
      "--rm",
      "--network",
      "none",
      "--workdir",
      "/opt/slipway/code",
      "--entrypoint",
      "python",
      tag,
      "-c",
      program,
    ]);
    expect(ran).toBe("faster_whisper.transcribe Systran/faster-whisper-large-v3 0");
  });
});
