import { Platform } from "../components";
import type { Config } from "./config";

/** The environment that all models of this stack share. */
export function createPlatform({ models: _models, ...settings }: Config): Platform {
  return new Platform("platform", settings);
}
