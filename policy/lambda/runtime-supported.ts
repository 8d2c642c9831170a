import { rule } from "../rule";

/** What AWS patches no longer, and what is close to it. */
const unsupported =
  /^(nodejs($|[468]\.|1[024]\.|16\.|18\.)|python(2\.7|3\.[6-9]$)|ruby2|ruby3\.2|dotnetcore|dotnet[567]$|java8$|go1\.x|provided$)/;

export const lambdaRuntimeSupported = rule({
  name: "lambda-runtime-supported",
  description: "Functions run on runtimes that AWS still patches.",
  severity: "medium",
  controls: ["Security Hub Lambda.2", "checkov CKV_AWS_363"],
  types: ["aws:lambda/function:Function"],
  faults: ({ runtime }) =>
    typeof runtime === "string" && unsupported.test(runtime)
      ? [`runtime is ${JSON.stringify(runtime)}, which AWS patches no longer; take a newer one.`]
      : [],
});
