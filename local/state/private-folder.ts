import { chmodSync, mkdirSync } from "node:fs";

/**
 * Makes a folder that nobody but its owner looks into, and closes one that is there already. What is below it is out of others' reach then, whatever its
 * own mode: containers of Docker, whose users are others, get what they need as volumes.
 */
export function makePrivateFolder(path: string): void {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  try {
    chmodSync(path, 0o700);
  } catch (error) {
    // Somebody else's folder: who may look into it is theirs to say.
    if (!(error instanceof Error && "code" in error && error.code === "EPERM")) throw error;
  }
}
