import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, extname, join } from "node:path";
import { buildPath } from "../component";
import { filesOf, hashFiles, hashValue } from "../storage/content-hash";
import type { CallMode } from "./policies";

/**
 * The code of a Lambda function, by how it asks its endpoint, as one file, the AWS SDK included. The bundle depends on the sources and the versions of what goes in, and is kept by the
 * hash of both in `.slipway/build`: a program that changes nothing does not bundle.
 */
export function bundleHandler(mode: CallMode): string {
  const folder = join(__dirname, "handler");
  const entry = join(folder, `${mode}${extname(__filename)}`);
  const sources = filesOf(folder, (path) => path.endsWith(".d.ts") || path.endsWith(".map"));
  const versions = ["esbuild", "@aws-sdk/client-sagemaker-runtime", "@aws-sdk/client-s3", "@aws-sdk/s3-request-presigner"].map(versionOf);
  const cached = buildPath(`handler-${mode}-${hashValue({ sources: hashFiles(sources), versions, options }).slice(0, 16)}.js`);
  if (existsSync(cached)) {
    return readFileSync(cached, "utf8");
  }
  // Loaded here since its binary costs time that most runs can do without.
  const esbuild = require("esbuild") as typeof import("esbuild");
  const result = esbuild.buildSync({ ...options, entryPoints: [entry], write: false, absWorkingDir: folder });
  const code = result.outputFiles[0]?.text ?? "";
  mkdirSync(dirname(cached), { recursive: true });
  writeFileSync(`${cached}.${process.pid}`, code);
  renameSync(`${cached}.${process.pid}`, cached);
  return code;
}

/** Comments with paths are left out, so that the same sources give the same bytes on every machine. */
const options = {
  bundle: true,
  platform: "node",
  target: "node20",
  format: "cjs",
  minify: true,
  legalComments: "none",
  sourcemap: false,
  logLevel: "silent",
} as const;

function versionOf(packageName: string): string {
  const manifest = require(`${packageName}/package.json`) as { readonly version: string };
  return `${packageName}@${manifest.version}`;
}
