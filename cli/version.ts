import { version as packageVersion } from "../package.json";

/** Version of Slipway, from package.json. */
export const version: string = packageVersion;
