// Writes schema.json anew from the sources of the public components: `node tools/schema.mjs`.
import { writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

const require = createRequire(import.meta.url);
const root = fileURLToPath(new URL("..", import.meta.url));
require("ts-node").register({ transpileOnly: true, project: `${root}tsconfig.json` });
const { componentSchema } = require("../components/provider/generate-schema.ts");
writeFileSync(`${root}schema.json`, componentSchema());
