import type * as pulumi from "@pulumi/pulumi";
import { type BoundErrorHook, errorHook } from "../errors/error-hook";
import { imageFailureMessage, readImageFailure } from "./image-failure";

/** Adds the failing step and the cure to what Pulumi's Docker provider says of a build or a push. The local platform's own errors have them already. */
export function explainImage(name: string, parent: pulumi.Resource): BoundErrorHook {
  return errorHook(`slipway-explain-image-${name}`, parent, async ({ newInputs, failedOperation, errors }) =>
    failedOperation === "delete" ? undefined : explanationOf(String(newInputs?.imageName ?? name), errors),
  );
}

/** Undefined when nothing is known beyond the provider's own words. */
export function explanationOf(imageName: string, errors: readonly string[]): string | undefined {
  const output = [...errors].reverse().join("\n");
  const { step, cure } = readImageFailure(output);
  return output.includes("SLIP-5022") || (step === undefined && cure === undefined) ? undefined : imageFailureMessage(imageName, output);
}
