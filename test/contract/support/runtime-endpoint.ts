import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  CreateEndpointCommand,
  CreateEndpointConfigCommand,
  type CreateEndpointConfigCommandInput,
  CreateModelCommand,
  type ProductionVariant,
  type SageMakerClient,
  waitUntilEndpointInService,
} from "@aws-sdk/client-sagemaker";
import { expect } from "vitest";
import { role } from "./platform";

/** The folder in which requests to the runtime fixture wait for the test, and the test opens the way. */
export class Gates {
  readonly folder = mkdtempSync(join(tmpdir(), "slipway-gates-"));

  /** Resolves when a request waits at the gate. */
  async reached(gate: string): Promise<void> {
    await this.left(`${gate}.waiting`);
  }

  isReached(gate: string): boolean {
    return existsSync(join(this.folder, `${gate}.waiting`));
  }

  open(gate: string): void {
    writeFileSync(join(this.folder, `${gate}.open`), "");
  }

  /** Resolves when the container has left a file of that name. */
  async left(file: string): Promise<void> {
    await expect.poll(() => existsSync(join(this.folder, file)), { timeout: 60_000 }).toBe(true);
  }

  read(file: string): string {
    return readFileSync(join(this.folder, file), "utf8");
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

export interface RuntimeEndpoint {
  readonly name: string;
  readonly image: string;
  readonly gates: Gates;
  /** Left out: one instance variant called `primary`. */
  readonly variants?: readonly Omit<ProductionVariant, "ModelName">[];
  readonly more?: Pick<CreateEndpointConfigCommandInput, "AsyncInferenceConfig">;
}

/** An endpoint of the runtime fixture in service, with a model and a configuration of its name. */
export async function serveRuntimeModel(
  sagemaker: SageMakerClient,
  { name, image, gates, variants, more }: RuntimeEndpoint,
): Promise<void> {
  await createRuntimeModel(sagemaker, {
    name,
    image,
    gates,
    ...(variants === undefined ? {} : { variants }),
    ...(more === undefined ? {} : { more }),
  });
  await waitUntilEndpointInService({ client: sagemaker, maxWaitTime: 60, minDelay: 0.1, maxDelay: 0.5 }, { EndpointName: name });
}

/** The same, not waited for. */
export async function createRuntimeModel(
  sagemaker: SageMakerClient,
  { name, image, gates, variants, more }: RuntimeEndpoint,
): Promise<void> {
  await sagemaker.send(
    new CreateModelCommand({
      ModelName: name,
      ExecutionRoleArn: role,
      PrimaryContainer: { Image: image, Environment: { CONTROL_DIR: gates.folder } },
    }),
  );
  const usual = [{ VariantName: "primary", InstanceType: "ml.m5.large" as const, InitialInstanceCount: 1 }];
  await sagemaker.send(
    new CreateEndpointConfigCommand({
      EndpointConfigName: name,
      ProductionVariants: (variants ?? usual).map((variant) => ({ ...variant, ModelName: name })),
      ...more,
    }),
  );
  await sagemaker.send(new CreateEndpointCommand({ EndpointName: name, EndpointConfigName: name }));
}
