import { lossKinds } from "../aws/loss-kinds";
import type { OptionSpec, Verb } from "./verb";

const json: OptionSpec = { type: "boolean", describe: "print one JSON object, also on failure" };
const help: OptionSpec = { type: "boolean", short: "h", describe: "show this help" };
const state: OptionSpec = { type: "string", value: "DIR", describe: "state directory of the local platform (default .slipway)" };
const common = { state, json, help };
const stack: OptionSpec = { type: "string", short: "s", value: "STACK", describe: "a Pulumi stack on AWS (default: the local platform)" };
const localSettings = {
  port: { type: "string", value: "PORT", describe: "port of the local AWS endpoint (default 4566)" },
  runner: { type: "string", value: "KIND", describe: "auto, process or docker: how containers run (default auto)" },
  account: { type: "string", value: "ID", describe: "12-digit account number to play (default 000000000000)" },
  region: { type: "string", value: "REGION", describe: "region to play (default us-east-1)" },
} as const satisfies Record<string, OptionSpec>;

/** Every verb, in the order the help lists them. */
export const verbs: readonly Verb[] = [
  {
    name: "",
    summary: "status of the local platform, and the one next command",
    positionals: [],
    options: { ...common, version: { type: "boolean", describe: "print the version" } },
    examples: [],
    load: () => import("../commands/overview.js"),
  },
  {
    name: "local up",
    summary: "bring the local platform up, train what changed, serve it",
    positionals: [],
    options: {
      ...common,
      ...localSettings,
      host: { type: "string", value: "ADDRESS", describe: "also answer other machines at this address, with a token (0.0.0.0: any)" },
      token: { type: "string", value: "TOKEN", describe: "what other machines must send (default: made up and printed)" },
      "no-stack": { type: "boolean", describe: "start the AWS endpoint only, in any folder; deploy nothing" },
    },
    examples: [
      "slipway local up",
      "slipway local up --port 4600 --state .slipway-second",
      "slipway local up --no-stack --account 123456789012",
    ],
    load: () => import("../commands/local-up.js"),
  },
  {
    name: "local down",
    summary: "stop it; no process, container or port is left",
    positionals: [],
    options: {
      ...common,
      data: { type: "boolean", describe: "also delete everything that was made" },
      yes: { type: "boolean", short: "y", describe: "do not ask before deleting" },
    },
    examples: ["slipway local down", "slipway local down --data --yes"],
    load: () => import("../commands/local-down.js"),
  },
  {
    name: "local status",
    summary: "endpoint, models and their state; exits 1 when something is not well",
    positionals: [],
    options: common,
    examples: ["slipway local status --json"],
    load: () => import("../commands/local-status.js"),
  },
  {
    name: "local logs",
    summary: "log of a model, of the platform or of the engine",
    positionals: [{ name: "NAME", required: false, describe: "a model, or daemon, ministack, engine, slipway (none: list them)" }],
    options: {
      ...common,
      follow: { type: "boolean", short: "f", describe: "keep printing new lines" },
      lines: { type: "string", short: "n", value: "N", describe: "lines from the end (default 100)" },
    },
    examples: ["slipway local logs iris -f"],
    load: () => import("../commands/local-logs.js"),
  },
  {
    name: "local alarm",
    summary: "set off a CloudWatch alarm here: an update that watches it rolls back",
    positionals: [{ name: "NAME", required: true, describe: "name of the alarm" }],
    options: {
      ...common,
      region: localSettings.region,
      to: { type: "string", value: "STATE", describe: "ALARM, OK or INSUFFICIENT_DATA (default ALARM)" },
    },
    examples: ["slipway local alarm iris-errors", "slipway local alarm iris-errors --to OK"],
    load: () => import("../commands/local-alarm.js"),
  },
  {
    name: "local interrupt",
    summary: "take the spot instances away from a training job here",
    positionals: [{ name: "JOB", required: true, describe: "name of a training job on spot instances" }],
    options: {
      ...common,
      region: localSettings.region,
      "capacity-after": { type: "string", value: "SECONDS", describe: "when there are instances again (default 0)" },
    },
    examples: ["slipway local interrupt iris-3f2a-1", "slipway local interrupt iris-3f2a-1 --capacity-after 30"],
    load: () => import("../commands/local-interrupt.js"),
  },
  {
    name: "local preview",
    summary: "what an update would change, on the local platform: no credentials needed",
    positionals: [],
    options: { ...common, ...localSettings },
    examples: ["slipway local preview"],
    load: () => import("../commands/local-preview.js"),
  },
  {
    name: "invoke",
    summary: "ask a model one question, local or on AWS",
    positionals: [
      { name: "MODEL", required: true, describe: "name of a declared model" },
      { name: "INPUT", required: false, describe: "JSON, a file, @sample, or - for standard input (default @sample)" },
    ],
    options: {
      ...common,
      stack,
      "content-type": { type: "string", value: "TYPE", describe: "media type of the input (default application/json, or by file name)" },
      accept: { type: "string", value: "TYPE", describe: "media type wanted back" },
      stream: { type: "boolean", describe: "show the answer's parts as they come" },
      output: { type: "string", short: "o", value: "FILE", describe: "write the answer into a file" },
      timeout: { type: "string", value: "SECONDS", describe: "how long to wait (default: 70, or an hour for an asynchronous model)" },
    },
    examples: [`slipway invoke iris '{"petal_length":0.4,"petal_width":1.4}'`, "slipway invoke iris @sample --stack dev"],
    load: () => import("../commands/invoke.js"),
  },
  {
    name: "rollback",
    summary: "take a model back to the version it served before, local or on AWS",
    positionals: [{ name: "MODEL", required: true, describe: "name of a deployed model" }],
    options: {
      ...common,
      stack,
      to: { type: "string", value: "VERSION", describe: "which version, as --list names it (default: the one before)" },
      list: { type: "boolean", describe: "show the versions that are kept; change nothing" },
    },
    examples: [
      "slipway rollback iris",
      "slipway rollback iris --list --stack prod",
      "slipway rollback iris --to iris-endpoint-config-1a2b3c4",
    ],
    load: () => import("../commands/rollback.js"),
  },
  {
    name: "logs",
    summary: "what a model's containers print: training and endpoint, local or on AWS",
    positionals: [{ name: "MODEL", required: true, describe: "name of a deployed model" }],
    options: {
      ...common,
      stack,
      since: { type: "string", value: "TIME", describe: "from when: 10m, 2h, 3d ago, or 2026-11-20T10:00:00Z (default 1h)" },
      follow: { type: "boolean", short: "f", describe: "keep printing new lines" },
      from: { type: "string", value: "PART", describe: "endpoint or training (default: both)" },
    },
    examples: ["slipway logs iris --since 10m", "slipway logs iris --stack prod --follow"],
    load: () => import("../commands/logs.js"),
  },
  {
    name: "destroy",
    summary: "destroy a stack; tells first what would be lost",
    positionals: [],
    options: {
      ...common,
      stack,
      "preview-only": { type: "boolean", describe: "show what would be lost; destroy nothing" },
      yes: { type: "boolean", short: "y", describe: "do not ask; what would be lost must be named with --delete" },
      delete: { type: "string", value: "KINDS", describe: `what may be lost: ${lossKinds.join(", ")} (commas between)` },
    },
    examples: [
      "slipway destroy --stack dev --preview-only",
      "slipway destroy --stack dev",
      "slipway destroy --stack dev --yes --delete endpoints,objects,images",
    ],
    load: () => import("../commands/destroy.js"),
  },
  {
    name: "studio cleanup",
    summary: "delete apps and spaces of Studio domains, so that a domain can be destroyed",
    positionals: [{ name: "DOMAIN", required: false, describe: "id of the domain, d-… (default: the only one)" }],
    options: {
      ...common,
      region: { type: "string", value: "REGION", describe: "region of the domain on AWS (default: the local platform)" },
      profiles: { type: "boolean", describe: "also delete the user profiles" },
      yes: { type: "boolean", short: "y", describe: "do not ask before deleting" },
    },
    examples: ["slipway studio cleanup", "slipway studio cleanup d-1a2b3c4d5e6f --region eu-central-1 --yes"],
    load: () => import("../commands/studio-cleanup.js"),
  },
  {
    name: "check",
    summary: "run a container or a model's folder through the SageMaker contract",
    positionals: [
      { name: "TARGET", required: true, describe: "folder with a model.py, a slipway-image.json or a Dockerfile, or a Docker image" },
    ],
    options: {
      sample: { type: "string", value: "FILE", describe: "a request to send (default: sample* in the folder)" },
      data: { type: "string", value: "DIR", describe: "training data, or a folder for each channel (default: data in the folder)" },
      model: {
        type: "string",
        value: "PATH",
        describe: "model.tar.gz, or its content, to serve (default: artifact in the folder, or what training saves)",
      },
      only: { type: "string", value: "PART", describe: "serve or train (default: both)" },
      runner: { type: "string", value: "KIND", describe: "auto, process or docker: how a folder runs (default auto)" },
      strict: { type: "boolean", describe: "exit with 1 also when only advice is not followed" },
      json,
      help,
    },
    examples: [
      "slipway check models/iris",
      "slipway check models/iris --runner docker --json",
      "slipway check registry/image:1 --sample request.json --model model.tar.gz",
    ],
    load: () => import("../commands/check.js"),
  },
  {
    name: "new",
    summary: "write a model's folder that trains, serves and passes its test",
    positionals: [{ name: "NAME", required: false, describe: "name of the model, such as rents" }],
    options: {
      framework: { type: "string", value: "NAME", describe: "what it begins with: --list shows which there are (default sklearn)" },
      kind: { type: "string", value: "KIND", describe: "realtime, serverless or async (default realtime)" },
      front: { type: "string", value: "FRONT", describe: "none, http or rest (default http, none for async)" },
      from: { type: "string", value: "FILE", describe: "a trained model to serve, a .joblib or .pkl file" },
      list: { type: "boolean", describe: "show what can be chosen" },
      json,
      help,
    },
    examples: [
      "slipway new rents",
      "slipway new mails --framework text --kind serverless --front none",
      "slipway new churn --from churn.joblib",
    ],
    load: () => import("../commands/new.js"),
  },
  {
    name: "env",
    summary: "the variables with which any AWS client talks to the local platform",
    positionals: [],
    options: { ...common, format: { type: "string", value: "FORMAT", describe: "sh, dotenv or json (default sh)" } },
    examples: [`eval "$(npx slipway env)"`],
    load: () => import("../commands/env.js"),
  },
  {
    name: "doctor",
    summary: "what is installed, what is missing, how to get it",
    positionals: [],
    options: common,
    examples: ["slipway doctor"],
    load: () => import("../commands/doctor.js"),
  },
  {
    name: "explain",
    summary: "cause and cure of an error code",
    positionals: [{ name: "CODE", required: true, describe: "such as SLIP-2101" }],
    options: { json, help },
    examples: ["slipway explain SLIP-2101"],
    load: () => import("../commands/explain.js"),
  },
];
