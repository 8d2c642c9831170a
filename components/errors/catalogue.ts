/** Which part of the product raises the error; the first digit of its code. */
export type Family = "declaration" | "training" | "policy" | "serving" | "machine" | "aws";

/** Process exit codes of every `slipway` verb: 1 the user's code or declaration, 2 usage, 3 environment, 4 AWS or a service. */
export type ExitCode = 1 | 2 | 3 | 4;

/** One kind of error a user can meet. `docs/errors.md` and the terminal text are both made from this. */
export interface CatalogueEntry {
  readonly title: string;
  readonly cause: string;
  readonly cure: string;
  readonly retryable: boolean;
  readonly exitCode: ExitCode;
}

/**
 * Every error a user can meet, by code. 1xxx declaration, 2xxx training, 3xxx policy and cost, 4xxx serving, 5xxx tools and
 * machine, 6xxx AWS.
 */
export const catalogue = {
  "SLIP-1001": {
    title: "The declaration has faults",
    cause: "One or more arguments of a component are missing, unknown, out of range or contradict each other.",
    cure: "Each line names the property, what was given and what is allowed; correct them and run again. Nothing of what has faults was created.",
    retryable: false,
    exitCode: 1,
  },
  "SLIP-2101": {
    title: "Training failed",
    cause: "The training container exited with an error, was stopped, or ran over its maximum runtime.",
    cure: "Read the failure reason and the log lines shown; correct model.py (or its data) and run again: a new attempt starts by itself.",
    retryable: false,
    exitCode: 1,
  },
  "SLIP-2102": {
    title: "The same training failed too often",
    cause: "Every attempt at this image, data and settings has failed or was stopped.",
    cure: "Change model.py, its data or its settings; an unchanged job would fail again.",
    retryable: false,
    exitCode: 1,
  },
  "SLIP-4101": {
    title: "The endpoint did not become healthy",
    cause: "The model container did not answer /ping with 200 in time, or it exited while loading the model.",
    cure: "Read the container's log lines shown; correct load() in model.py (or the requirements) and run again. What served before still serves.",
    retryable: false,
    exitCode: 1,
  },
  "SLIP-4102": {
    title: "The model could not answer",
    cause: "predict() raised an error for this request.",
    cure: "Compare what was sent with what predict() reads.",
    retryable: false,
    exitCode: 1,
  },
  "SLIP-4103": {
    title: "There is no such model",
    cause: "The stack declares no model of that name.",
    cure: "Use one of the names listed, or declare the model in models/<name>/service.ts and bring it up.",
    retryable: false,
    exitCode: 2,
  },
  "SLIP-4104": {
    title: "The model is not deployed",
    cause: "The model is declared, but this stack has no endpoint for it.",
    cure: "Bring it up first: slipway local up (or pulumi up on the stack).",
    retryable: false,
    exitCode: 1,
  },
  "SLIP-4105": {
    title: "The request cannot be read",
    cause: "What was given to send is not JSON, not a readable file, or not a sample of the model.",
    cure: "Give JSON in quotes, a file, @sample for models/<name>/sample.json (or sample.wav), or - for standard input.",
    retryable: false,
    exitCode: 2,
  },
  "SLIP-5001": {
    title: "The port is in use",
    cause: "Another program listens on the port of the local AWS endpoint.",
    cure: "Stop that program, or choose another port: slipway local up --port <port>.",
    retryable: false,
    exitCode: 3,
  },
  "SLIP-5002": {
    title: "Python is missing",
    cause: "Training and serving a model on this machine needs Python 3.10 or newer.",
    cure: "Install Python 3.10 or newer so that python3 is on PATH, then run again.",
    retryable: false,
    exitCode: 3,
  },
  "SLIP-5003": {
    title: "The Pulumi engine could not be made ready",
    cause: "No new enough pulumi is on PATH, and it could be neither downloaded nor built.",
    cure: "Install Pulumi 3.230 or newer, or Go 1.24 or newer so that it can be built, or allow the download; then run again.",
    retryable: true,
    exitCode: 3,
  },
  "SLIP-5004": {
    title: "The local platform did not start",
    cause: "The background process that serves the local AWS endpoint ended, or did not answer in time.",
    cure: "Read its last lines shown; slipway doctor checks what it needs.",
    retryable: true,
    exitCode: 3,
  },
  "SLIP-5005": {
    title: "The engine is at work already",
    cause: "Another update of the same stack is still running.",
    cure: "Wait for it to finish, or stop it, then run again.",
    retryable: true,
    exitCode: 3,
  },
  "SLIP-5006": {
    title: "The local platform is not running",
    cause: "Nothing answers for this state directory.",
    cure: "Start it: slipway local up.",
    retryable: true,
    exitCode: 3,
  },
  "SLIP-5007": {
    title: "The requirements cannot be installed",
    cause: "A requirements.txt names a package or a version that could not be installed.",
    cure: "Correct the line named in the installer's own words shown, then run again.",
    retryable: false,
    exitCode: 1,
  },
  "SLIP-5008": {
    title: "The state directory belongs to other settings",
    cause: "What was made for one account and region cannot be used with another.",
    cure: "Use another directory with --state, or start afresh: slipway local down --data.",
    retryable: false,
    exitCode: 2,
  },
  "SLIP-5009": {
    title: "This is not a Slipway project",
    cause: "Neither this folder nor one above it has a Pulumi.yaml.",
    cure: "Run the command inside the project.",
    retryable: false,
    exitCode: 2,
  },
  "SLIP-5010": {
    title: "The command was not understood",
    cause: "An unknown verb or option, or a missing or malformed value.",
    cure: "slipway --help lists the verbs; slipway <verb> --help lists its options.",
    retryable: false,
    exitCode: 2,
  },
  "SLIP-5011": {
    title: "The program failed",
    cause: "The Pulumi program ended with an error before it had declared everything.",
    cure: "Correct the file and line shown (npx tsc --noEmit checks types), then run again.",
    retryable: false,
    exitCode: 1,
  },
  "SLIP-5012": {
    title: "The engine failed",
    cause: "The Pulumi engine ended with an error that no part of Slipway explains.",
    cure: "Read the engine's own words shown; the whole output is in the log named.",
    retryable: true,
    exitCode: 4,
  },
  "SLIP-5013": {
    title: "The local platform did not stop",
    cause: "The background process neither ended by itself nor let itself be ended.",
    cure: "End the process named, then run slipway local down again.",
    retryable: true,
    exitCode: 3,
  },
  "SLIP-5014": {
    title: "A question needs an answer",
    cause: "The command destroys data and there is no terminal to ask on.",
    cure: "Repeat the command with --yes if you mean it.",
    retryable: false,
    exitCode: 2,
  },
  "SLIP-5015": {
    title: "A folder cannot be written",
    cause: "The user's cache, where tools are kept, or the state folder cannot be made or written where it is.",
    cure: "Make the folder named writable, or choose another: HOME or XDG_CACHE_HOME for the cache, --state for the state folder.",
    retryable: false,
    exitCode: 3,
  },
  "SLIP-5020": {
    title: "The state folder is in use",
    cause: "Another local platform is running on the same state folder.",
    cure: "Stop it with `slipway local down`, or give this one a folder of its own with `--state <dir>`.",
    retryable: false,
    exitCode: 3,
  },
  "SLIP-5021": {
    title: "No Docker engine answers",
    cause: "Docker was asked for with `--runner docker`, and `docker version` did not answer.",
    cure: "Start Docker, or run models as processes with `--runner process`.",
    retryable: false,
    exitCode: 3,
  },
  "SLIP-5022": {
    title: "The image cannot be built or run on this machine",
    cause: "The build failed, or the image does not say how to run without Docker (its declaration has no build.process).",
    cure: "Read the lines shown; correct the Dockerfile or the requirements; or say build.process in the declaration, or start with `--runner docker`.",
    retryable: false,
    exitCode: 1,
  },
  "SLIP-5023": {
    title: "There is nothing to check",
    cause:
      "`slipway check` was given neither a folder with a model.py, a slipway-image.json or a Dockerfile, nor the name of an image that Docker " +
      "has, or one that the runner asked for cannot run.",
    cure: "Give the folder of a model such as models/iris, or the name of an image that `docker image ls` lists.",
    retryable: false,
    exitCode: 2,
  },
  "SLIP-5024": {
    title: "The local platform did not do it",
    cause: "What was asked for cannot be done now; the message says why.",
    cure: "Correct what the message names; slipway local status shows what runs.",
    retryable: false,
    exitCode: 1,
  },
  "SLIP-5025": {
    title: "The model is there already",
    cause: "`slipway new` was given the name of a folder that exists; it never writes over one.",
    cure: "Choose another name, or delete the folder and its line in infra/models.ts first.",
    retryable: false,
    exitCode: 2,
  },
  "SLIP-5099": {
    title: "Slipway itself failed",
    cause: "A defect in Slipway, or a fault of the machine that it does not know.",
    cure: "The stack trace is in the log named; please report it with the output of slipway doctor.",
    retryable: false,
    exitCode: 3,
  },
  "SLIP-4107": {
    title: "A version that was taken back would serve again",
    cause:
      "`slipway rollback` (or somebody on AWS) took the endpoint back to an earlier version, and this update would serve the same model in other settings.",
    cure: "Change the model as well, or serve the declared version again first: slipway rollback <model> --to <version>.",
    retryable: false,
    exitCode: 1,
  },
  "SLIP-4108": {
    title: "There is no version to go back to",
    cause: "The stack keeps no earlier version of this model, or none of the name given.",
    cure: "slipway rollback <model> --list shows the versions; `retain` in the model's declaration says how many are kept from now on.",
    retryable: false,
    exitCode: 2,
  },
  "SLIP-4109": {
    title: "What ECR found in the image stops its deployment",
    cause: "The scan of a new image has findings as severe as the platform's `scan.failOn`, or more. What served before still serves.",
    cure: "Take newer versions of the packages named (in requirements.txt, aptPackages or the base image), or list the ids of findings you live with in the platform's scan.accepted.",
    retryable: false,
    exitCode: 1,
  },
  "SLIP-4110": {
    title: "The image has no verdict of a scan",
    cause:
      "ECR did not scan a new image, or could not, and the platform's `scan` lets none through without. What served before still serves.",
    cure: "aws ecr describe-image-scan-findings tells more, and aws ecr start-image-scan begins another; run again then, or take scan out of the platform.",
    retryable: true,
    exitCode: 4,
  },
  "SLIP-4106": {
    title: "No answer in time",
    cause: "The model did not answer within the time given; a request to an asynchronous model goes on all the same.",
    cure: "Give --timeout more seconds, or look for the result where the message says it will be.",
    retryable: true,
    exitCode: 1,
  },
  "SLIP-6001": {
    title: "The stack's outputs cannot be read",
    cause: "Pulumi does not know the stack, or may not read it, or it has no outputs for models.",
    cure: "pulumi stack ls shows the stacks you can read; bring the stack up once so that it has outputs.",
    retryable: false,
    exitCode: 4,
  },
  "SLIP-6002": {
    title: "AWS refused the call",
    cause: "Credentials are missing, expired or not allowed to do this, or the service was not reachable.",
    cure: "aws sts get-caller-identity shows who you are; the role needs sagemaker:InvokeEndpoint on the endpoint.",
    retryable: true,
    exitCode: 4,
  },
  "SLIP-6003": {
    title: "The stack cannot be destroyed as it is",
    cause: "Something in it is protected, or AWS would refuse to delete it, and the destroy would end half-way. Nothing was destroyed.",
    cure: "Take out of the way what is listed, each as its line says, and run the command again.",
    retryable: false,
    exitCode: 1,
  },
  "SLIP-6004": {
    title: "Destroying the stack would lose what nothing brings back",
    cause: "The stack holds data or serves requests, and not all of that was given up in so many words. Nothing was destroyed.",
    cure: "Read the list; type the stack's name on a terminal, or name every kind of loss with --yes --delete.",
    retryable: false,
    exitCode: 2,
  },
} as const satisfies Record<`SLIP-${number}`, CatalogueEntry>;

/** The code of a catalogued error, such as `SLIP-2101`. */
export type ErrorCode = keyof typeof catalogue;
