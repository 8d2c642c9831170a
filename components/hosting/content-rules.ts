import { environmentName, isLater, join, settings, show, text } from "../arguments";
import type { Problems } from "../errors/problems";
import type { ModelContent } from "./model-content";

const keys = ["image", "modelDataUrl", "modelDataPrefix", "modelPackageName"] as const;

/** An S3 prefix: SageMaker takes all objects below it, and asks for the slash at its end. */
export const modelDataPrefix = text({
  pattern: /^s3:\/\/[^/]+\/.+\/$/,
  allowed: "s3://<bucket>/<prefix>/, with a slash at its end",
  max: 1024,
});

export const modelPackageName = text({
  pattern:
    /^(arn:aws[a-z-]*:sagemaker:[a-z0-9-]+:\d{12}:model-package\/[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}(\/[1-9]\d{0,8})?|[a-z0-9](-*[a-z0-9]){0,62}\/[1-9]\d{0,8})$/,
  allowed: 'the ARN of a model package, or <group>/<version> of one in this account and region, in lower case, such as "iris/3"',
});

export const contentChecks = {
  image: text({ pattern: /^[^\s@]+@sha256:[0-9a-f]{64}$/, allowed: "an image by digest, <repository>@sha256:<64 hex digits>", max: 255 }),
  modelDataUrl: text({ pattern: /^s3:\/\/[^/]+\/.+\.tar\.gz$/, allowed: "s3://<bucket>/<key>.tar.gz", max: 1024 }),
  modelDataPrefix,
  environment: settings(text({ max: 1024 }), { max: 100, key: environmentName }),
};

/** A container has one image and one place of its data, or a package with both. */
export function checkContent(content: ModelContent, path: string, problems: Problems): void {
  const given = keys.filter((key) => content[key] !== undefined);
  for (const key of given.filter((each) => each !== "modelPackageName" && content.modelPackageName !== undefined)) {
    problems.add(
      join(path, key),
      `got ${show(content[key])} together with modelPackageName; the package has image and model data: remove it`,
    );
  }
  const { modelDataUrl: archive, modelDataPrefix: prefix } = content;
  // Of two that are known later one may turn out to be undefined.
  const bothGiven = archive !== undefined && prefix !== undefined && !(isLater(archive) && isLater(prefix));
  if (bothGiven && content.modelPackageName === undefined) {
    problems.add(
      join(path, "modelDataPrefix"),
      `got ${show(prefix)} together with modelDataUrl ${show(archive)}; model data is an archive or a prefix: remove one of the two`,
    );
  }
}

/** Rules between the variants of an endpoint and what its main variant serves. */
export function checkVariantContent(
  realtime: { readonly variants?: { readonly [name: string]: ModelContent }; readonly shadow?: ModelContent } | undefined,
  servesPackage: boolean,
  problems: Problems,
): void {
  const { variants, shadow } = isObject(realtime) ? realtime : {};
  const named = Object.entries(isObject(variants) ? variants : {}).map(
    ([name, variant]) => [`realtime.variants.${name}`, variant] as const,
  );
  for (const [path, variant] of [...named, ["realtime.shadow", shadow] as const]) {
    if (!isObject(variant)) {
      continue;
    }
    checkContent(variant, path, problems);
    for (const key of ["modelDataUrl", "modelDataPrefix"] as const) {
      if (servesPackage && variant.image === undefined && variant[key] !== undefined) {
        problems.add(
          join(path, key),
          `got ${show(variant[key])}, and the main variant serves a model package, whose image goes with its own data: give the variant an image too`,
        );
      }
    }
  }
}

function isObject<T>(value: T | undefined): value is T & object {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !isLater(value);
}
