import { looksSecret } from "../../components/arguments/secret-names";
import { list, record, rule } from "../rule";

/** Environments and hyperparameters are shown in the console, in descriptions and in logs to everyone who may read the resource. */
export const noPlainSecrets = rule({
  name: "no-plain-secrets",
  description: "Environments of models, training jobs and functions, and hyperparameters, hold no secret in plain sight.",
  severity: "critical",
  controls: ["checkov CKV_AWS_45"],
  types: ["aws:sagemaker/model:Model", "aws:sagemaker/trainingJob:TrainingJob", "aws:lambda/function:Function"],
  faults: (resource) =>
    settingsOf(resource).flatMap(({ path, values }) =>
      Object.entries(values)
        .filter(([name, value]) => looksSecret(name, String(value)))
        .map(
          ([name]) =>
            `${path}.${name} looks like a secret; keep it in AWS Secrets Manager, pass its ARN, and let the code read it by its role.`,
        ),
    ),
});

interface Settings {
  readonly path: string;
  readonly values: Record<string, unknown>;
}

function settingsOf(resource: Record<string, unknown>): Settings[] {
  const environment = record(resource.environment);
  const containers = list(resource.containers).map((container, i) => ({ path: `containers[${i}]`, container }));
  return [
    { path: "environment", values: environment.variables === undefined ? environment : {} },
    { path: "environment.variables", values: record(environment.variables) },
    { path: "hyperParameters", values: record(resource.hyperParameters) },
    ...[{ path: "primaryContainer", container: resource.primaryContainer }, ...containers].map(({ path, container }) => ({
      path: `${path}.environment`,
      values: record(record(container).environment),
    })),
  ];
}
