import { readConfig } from "./config";
import { createModels } from "./models";
import { createPlatform } from "./platform";

const config = readConfig();
const environment = createPlatform(config);

/** Per model, what a client needs to call it. */
export const models = createModels(environment, config);

/** What another stack needs to put its models into this environment. */
export const platform = environment.exports;
