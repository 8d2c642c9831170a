import { findOnPath, runCommand } from "./command";

export interface AptOptions {
  /** Told what is installed before it is. */
  onProgress?(message: string): void;
  /** @default this process's environment */
  env?: NodeJS.ProcessEnv;
}

/** Whether this process may install Debian packages: root, on Debian or Ubuntu. */
export function isDebianRoot(env: NodeJS.ProcessEnv): boolean {
  return process.platform === "linux" && process.getuid?.() === 0 && findOnPath("apt-get", env).length > 0;
}

/** Installs Debian packages. Rejects with apt-get's own last words. */
export async function aptInstall(packages: readonly string[], o: AptOptions): Promise<void> {
  const env = { ...(o.env ?? process.env), DEBIAN_FRONTEND: "noninteractive" };
  o.onProgress?.(`Installing ${packages.join(" and ")} (apt-get)`);
  await runCommand("apt-get", ["update", "-qq"], { env, timeout: 300_000 });
  await runCommand("apt-get", ["install", "-y", "-qq", "--no-install-recommends", ...packages], { env, timeout: 900_000 });
}
