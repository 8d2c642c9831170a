import type { Choices } from "./choices";

/** `models/<name>/service.ts` for what was chosen. `library` is what the project imports Slipway from, such as "slipway". */
export function serviceSource(name: string, choices: Choices, library: string): string {
  const lines = ["platform,", ...content[choices.framework](name), ...serving[choices.kind], ...front(name, choices)];
  return [
    `import { ModelService, type Platform } from "${library}";`,
    "",
    `/** ${summaries[choices.framework]} */`,
    "export default (platform: Platform) =>",
    `  new ModelService("${name}", {`,
    ...lines.map((line) => `    ${line}`),
    "  });",
    "",
  ].join("\n");
}

const summaries = {
  sklearn: "Rent by area and number of rooms: a linear regression, trained on data/train.csv.",
  script: "Whether a customer leaves: scripts for SageMaker's script mode, on AWS's scikit-learn image.",
  text: "What a message is about: naive Bayes over its words, trained on data/train.csv.",
  audio: "What a recording is of, by its spectrum, trained on the sounds in data/.",
  pretrained: "Serves what is in artifact/, which was trained elsewhere.",
  fastapi: "Serves what is in artifact/ from a container of its own.",
} as const;

const training = (name: string): string =>
  `training: { instanceType: "ml.m5.large", spot: true, maxRuntime: "1h", channels: { train: "models/${name}/data" } },`;

const trained = (name: string): string[] => [`code: "models/${name}",`, training(name)];

const content: Readonly<Record<Choices["framework"], (name: string) => string[]>> = {
  sklearn: trained,
  script: (name) => ['framework: { name: "sklearn", version: "1.2-1" },', `sourceDir: "models/${name}",`, training(name)],
  text: trained,
  audio: (name) => [...trained(name), 'contentTypes: ["audio/wav"],', 'environment: { SLIPWAY_MAX_BODY_BYTES: "209715200" },'],
  pretrained: (name) => [`code: "models/${name}",`, `modelData: "models/${name}/artifact",`],
  fastapi: (name) => [
    "build: {",
    `  context: "models/${name}",`,
    '  process: { serve: ["uvicorn", "app:app", "--host", "127.0.0.1", "--port", "{port}"] },',
    "},",
    `modelData: "models/${name}/artifact",`,
    'environment: { MODEL_DIR: "/opt/ml/model" },',
  ],
};

const serving: Readonly<Record<Choices["kind"], string[]>> = {
  realtime: ['realtime: { instanceType: "ml.m5.large", instances: { min: 1, max: 2 } },'],
  serverless: ["serverless: { memorySizeInMb: 2048, maxConcurrency: 5 },"],
  async: ['async: { instanceType: "ml.m5.large", instances: { min: 0, max: 2 }, notifications: {} },'],
};

function front(name: string, choices: Choices): string[] {
  if (choices.front === "none") return [];
  return choices.front === "http" ? [`api: { path: "/${name}" },`] : [`api: { kind: "rest", apiKey: true, path: "/${name}" },`];
}
