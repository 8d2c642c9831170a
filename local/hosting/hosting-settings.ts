import { SlipwayError } from "../../components/errors/slipway-error";

/** How the local endpoint differs in time and size from AWS; all times in milliseconds. */
export interface HostingSettings {
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
  longestWait: 5_000,
  serverlessIdle: 300_000,
  healthCheck: 5_000,
  alarmCheck: 250,
  captureFlush: 5_000,
  captureBytes: 1_048_576,
};

/** The settings a user may change, in seconds. */
const variables = {
  SLIPWAY_LONGEST_WAIT_SECONDS: "longestWait",
  SLIPWAY_SERVERLESS_IDLE_SECONDS: "serverlessIdle",
} as const;

/** The defaults with what the environment says. Throws naming each variable that is not a number of seconds. */
export function hostingSettings(env: NodeJS.ProcessEnv): HostingSettings {
  const changed: Partial<Record<keyof HostingSettings, number>> = {};
  const faults: string[] = [];
  for (const [variable, setting] of Object.entries(variables)) {
    const value = env[variable];
    if (value === undefined || value === "") {
      continue;
    }
    const seconds = Number(value);
    if (Number.isFinite(seconds) && seconds >= 0 && seconds <= 86_400) {
      changed[setting] = seconds * 1_000;
    } else {
      faults.push(`${variable}: got ${value}; allowed is a number of seconds from 0 to 86400`);
    }
  }
  if (faults.length > 0) {
    throw new SlipwayError("SLIP-5010", `the local platform was started with faults: ${faults.join("; ")}`, { details: faults });
  }
  return { ...defaultSettings, ...changed };
}
