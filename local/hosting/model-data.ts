import { mkdir } from "node:fs/promises";
import type { ContainerDefinition } from "@aws-sdk/client-sagemaker";
import { unpackArchive } from "../archive/unpack-archive";
import type { ObjectStorage } from "../storage/object-storage";

/** Puts a container's model into its `model` folder: an archive unpacked, an uncompressed prefix copied, nothing when it has none. */
export async function fetchModelData(
  container: ContainerDefinition,
  folder: string,
  storage: ObjectStorage,
  signal: AbortSignal,
): Promise<void> {
  await mkdir(folder, { recursive: true });
  const source = container.ModelDataSource?.S3DataSource;
  const uri = container.ModelDataUrl ?? source?.S3Uri;
  if (uri === undefined) {
    return;
  }
  if (source !== undefined && source.CompressionType !== "Gzip") {
    if ((await storage.downloadPrefix(uri, folder, signal)) === 0) {
      throw new Error(`no object was found under ${uri}`);
    }
    return;
  }
  await unpackArchive(await storage.read(uri, signal), folder);
}
