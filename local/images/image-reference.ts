/** The parts of an image name such as `000000000000.dkr.ecr.us-east-1.amazonaws.com/slipway/iris:1a2b` or `…@sha256:…`. */
export interface ImageReference {
  readonly repository: string;
  readonly tag?: string;
  readonly digest?: string;
}

export function parseImageReference(uri: string): ImageReference {
  const [name = "", digest] = uri.split("@");
  // A colon before the last slash belongs to a registry's port.
  const colon = name.indexOf(":", name.lastIndexOf("/") + 1);
  const repository = colon === -1 ? name : name.slice(0, colon);
  return {
    repository,
    ...(colon === -1 ? {} : { tag: name.slice(colon + 1) }),
    ...(digest === undefined ? {} : { digest: digest.replace(/^sha256:/, "") }),
  };
}
