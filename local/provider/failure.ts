import * as grpc from "@grpc/grpc-js";
import { ErrorResourceInitFailed } from "@pulumi/pulumi/proto/provider_pb";
import { Status } from "@pulumi/pulumi/proto/status_pb";
import { Any } from "google-protobuf/google/protobuf/any_pb";
import { PartiallyCreated } from "./errors";
import { type Decoded, encode } from "./wire";

/** A {@link PartiallyCreated} with what of its outputs is secret. */
class InitFailed extends Error {
  constructor(
    override readonly cause: PartiallyCreated,
    readonly secrets: Decoded["secrets"],
  ) {
    super(cause.message);
  }
}

/** Passes the work on; a resource left half made keeps the secrets of its inputs. */
export async function failing<Result>(work: Promise<Result>, secrets: Decoded["secrets"]): Promise<Result> {
  try {
    return await work;
  } catch (error) {
    throw error instanceof PartiallyCreated ? new InitFailed(error, secrets) : error;
  }
}

export function unimplemented(method: string): Error & { code: number } {
  return Object.assign(new Error(`the local provider has no ${method}`), { code: grpc.status.UNIMPLEMENTED });
}

/** The gRPC status of an error; one of a half-made resource carries its id and properties for the state. */
export function failure(error: unknown): Partial<grpc.StatusObject> {
  if (error instanceof InitFailed) return initFailed(error);
  const message = error instanceof Error ? error.message : String(error);
  const code =
    error instanceof Error && "code" in error && error.code === grpc.status.UNIMPLEMENTED ? grpc.status.UNIMPLEMENTED : grpc.status.UNKNOWN;
  return { code, details: message };
}

function initFailed({ cause, secrets }: InitFailed): Partial<grpc.StatusObject> {
  const detail = new ErrorResourceInitFailed();
  detail.setId(cause.id);
  detail.setProperties(encode(cause.outputs, secrets));
  detail.setReasonsList([cause.message]);
  const packed = new Any();
  packed.pack(detail.serializeBinary(), "pulumirpc.ErrorResourceInitFailed");
  const status = new Status();
  status.setCode(grpc.status.UNKNOWN);
  status.setMessage(cause.message);
  status.addDetails(packed);
  const metadata = new grpc.Metadata();
  metadata.add("grpc-status-details-bin", Buffer.from(status.serializeBinary()));
  return { code: grpc.status.UNKNOWN, details: cause.message, metadata };
}
