import { SlipwayError } from "../../components/errors/slipway-error";
import { mostReplicas } from "./replicas";

/** How the local endpoint differs in time and size from AWS; all times in milliseconds. */
export interface HostingSettings {
  /** Containers of one variant at most, whatever its instance count. */
  readonly mostReplicas: number;
  /** A wait that a deployment declares (baking, termination) takes no longer than this. */
  readonly longestWait: number;
  /** A serverless container without requests for this long is stopped. */
  readonly serverlessIdle: number;
  /** Between two health checks of a container in service. */
  readonly healthCheck: number;
  /** Between two looks at the alarms while an update bakes. */
  readonly alarmCheck: number;
  /** Captured requests are written to S3 this long after the first of them. */
  readonly captureFlush: number;
  /** Captured bytes of one variant that are written at once, without waiting. */
  readonly captureBytes: number;
}

export const defaultSettings: HostingSettings = {
  mostReplicas: mostReplicas(),
  longestWait: 5_000,
  serverlessIdle: 300_000,
  healthCheck: 5_000,
  alarmCheck: 250,
  captureFlush: 5_000,
  captureBytes: 1_048_576,
};

interface Variable {
  readonly setting: keyof HostingSettings;
  readonly allowed: string;
  readonly factor: number;
  valid(value: number): boolean;
}

const seconds = { allowed: "a number of seconds from 0 to 86400", factor: 1_000, valid: (value: number) => value >= 0 && value <= 86_400 };

/** The settings a user may change. */
const variables: Readonly<Record<string, Variable>> = {
  SLIPWAY_MAX_REPLICAS: {
    setting: "mostReplicas",
    allowed: "a whole number from 1 to 100",
    factor: 1,
    valid: (value) => Number.isInteger(value) && value >= 1 && value <= 100,
  },
  SLIPWAY_LONGEST_WAIT_SECONDS: { setting: "longestWait", ...seconds },
  SLIPWAY_SERVERLESS_IDLE_SECONDS: { setting: "serverlessIdle", ...seconds },
};

/** The defaults with what the environment says. Throws naming each variable whose value is not allowed. */
export function hostingSettings(env: NodeJS.ProcessEnv): HostingSettings {
  const changed: Partial<Record<keyof HostingSettings, number>> = {};
  const faults: string[] = [];
  for (const [name, { setting, allowed, factor, valid }] of Object.entries(variables)) {
    const given = env[name];
    if (given === undefined || given === "") {
      continue;
    }
    if (valid(Number(given))) {
      changed[setting] = Number(given) * factor;
    } else {
      faults.push(`${name}: got ${given}; allowed is ${allowed}`);
    }
  }
  if (faults.length > 0) {
    throw new SlipwayError("SLIP-5010", `the local platform was started with faults: ${faults.join("; ")}`, { details: faults });
  }
  return { ...defaultSettings, ...changed };
}
