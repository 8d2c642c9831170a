import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MiniStack } from "../../../../local/ministack/ministack";
import { startProvider } from "../../../../local/provider";
import type { Images } from "../../../../local/provider/images";
import { ProcessRegister } from "../../../../local/state/process-register";
import { ensureLocalTools } from "../../../../tools/python/ensure";

/** The provider in this process, in front of a MiniStack of its own. */
export interface ProviderUnderTest {
  readonly endpointUrl: string;
  readonly port: number;
  /** Names of the images that were built, in order. */
  readonly built: string[];
  stop(): Promise<void>;
}

/** Starts both; `stop` ends them and removes their state. */
export async function startProviderUnderTest(): Promise<ProviderUnderTest> {
  const { venv } = await ensureLocalTools({});
  const stateDir = mkdtempSync(join(tmpdir(), "slipway-provider-"));
  const ministack = MiniStack.start({
    toolsDir: venv,
    stateDir,
    frontPort: 4566,
    region: "us-east-1",
    account: "000000000000",
    register: new ProcessRegister(stateDir),
    log: () => undefined,
  });
  const endpointUrl = await ministack.url();
  const built: string[] = [];
  const provider = await startProvider({
    endpointUrl,
    region: "us-east-1",
    account: "000000000000",
    images: recordingImages(built),
    stateDir,
    runner: "process",
    log: () => undefined,
  });
  return {
    endpointUrl,
    port: provider.port,
    built,
    async stop() {
      await provider.stop();
      await ministack.stop();
      rmSync(stateDir, { recursive: true, force: true });
    },
  };
}

/** An image store that builds nothing: each build gets the next digest. */
function recordingImages(built: string[]): Images {
  return {
    build({ imageName }) {
      built.push(imageName);
      const digest = `sha256:${String(built.length).padStart(64, "0")}`;
      const repository = imageName.split(":")[0] ?? imageName;
      return Promise.resolve({ uri: `${repository}@${digest}`, repository, digest });
    },
  };
}
