import { SlipwayError } from "../../components/errors/slipway-error";

/** How the time of scaling passes. */
export interface ScalingSettings {
  /** Seconds of metric periods, alarms and cooldowns in one real second. */
  readonly speed: number;
  /** Real milliseconds between two looks at the metrics. */
  readonly tick: number;
}

const usualSpeed = 30;
const most = 3_600;

/** The shortest period of a metric (high resolution), and the shortest pause between two looks, in milliseconds. */
const shortestPeriod = 10_000;
const shortestTick = 100;

/** The time of scaling by SLIPWAY_SCALING_SPEED. Throws when it has a value that is not allowed. */
export function scalingSettings(env: NodeJS.ProcessEnv): ScalingSettings {
  const given = env.SLIPWAY_SCALING_SPEED;
  const speed = given === undefined || given === "" ? usualSpeed : Number(given);
  if (!(speed >= 1 && speed <= most)) {
    const fault = `SLIPWAY_SCALING_SPEED: got ${given}; allowed is a number from 1 (as on AWS) to ${most}`;
    throw new SlipwayError("SLIP-5010", `the local platform was started with faults: ${fault}`, { details: [fault] });
  }
  return { speed, tick: Math.max(shortestTick, shortestPeriod / speed) };
}
