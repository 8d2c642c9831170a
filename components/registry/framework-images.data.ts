/**
 * Which of AWS's prebuilt images hold which version of a framework. Source: `image_uri_config` of AWS's SageMaker Python SDK, as of August 2026; older
 * versions that AWS patches no longer are left out. The account that holds them in a region is told by the AWS provider.
 */

/** Images of one repository: per version, from old to new, the tag for each processor there is one for. */
export interface ImageTable {
  readonly repository: string;
  readonly tags: Readonly<Record<string, Readonly<Partial<Record<"cpu" | "gpu", string>>>>>;
}

export interface FrameworkTable {
  readonly training: ImageTable;
  readonly inference: ImageTable;
  /** Images for Graviton instances. */
  readonly gravitonInference?: ImageTable;
  /** Whether the serving image fetches its script from S3, or looks for it in the folder `code` of the model data alone. */
  readonly fetchesServingCode: boolean;
  /** The serving image can do without a script. */
  readonly servesWithoutScript: boolean;
}

type Table = ImageTable["tags"];

function tagged(versions: readonly string[], tag: (version: string) => Table[string]): Table {
  return Object.fromEntries(versions.map((version) => [version, tag(version)]));
}

/** By the Python of each version: `<version>-<processor>-<python>`, with the operating system behind it where the tag has one. */
function byPython(pythons: Readonly<Record<string, string>>, suffix = ""): Table {
  return tagged(Object.keys(pythons), (version) => ({
    cpu: `${version}-cpu-${pythons[version]}${suffix}`,
    ...(suffix === "" ? { gpu: `${version}-gpu-${pythons[version]}` } : {}),
  }));
}

const sklearn = {
  repository: "sagemaker-scikit-learn",
  tags: tagged(["0.23-1", "1.0-1", "1.2-1", "1.4-2"], (version) => ({ cpu: `${version}-cpu-py3` })),
};
const xgboost = {
  repository: "sagemaker-xgboost",
  tags: tagged(["1.3-1", "1.5-1", "1.7-1", "3.0-5", "3.2-0"], (version) => ({ cpu: version, gpu: version })),
};

const torchPythons = {
  "2.0.1": "py310",
  "2.1.0": "py310",
  "2.2.0": "py310",
  "2.3.0": "py311",
  "2.4.0": "py311",
  "2.5.1": "py311",
  "2.6.0": "py312",
};
const focal = "-ubuntu20.04-sagemaker";
const jammy = "-ubuntu22.04-sagemaker";

const tensorflowServing = tagged(["2.12.1", "2.13.0", "2.14.1", "2.16.1", "2.18.0", "2.19.0"], (version) => ({
  cpu: `${version}-cpu`,
  gpu: `${version}-gpu`,
}));

/** A version of transformers, the PyTorch below it, its Python, and the CUDA and the Ubuntu of its images. */
function transformers(version: string, torch: string, python: string, cuda: string, ubuntu?: string): Table {
  const tag = (rest: string) => `${torch}-transformers${version}-${rest}`;
  return {
    [version]: { gpu: tag(`gpu-${python}-${cuda}`), ...(ubuntu === undefined ? {} : { cpu: tag(`cpu-${python}-${ubuntu}`) }) },
  };
}

export const frameworks = {
  sklearn: { training: sklearn, inference: sklearn, fetchesServingCode: true, servesWithoutScript: false },
  xgboost: { training: xgboost, inference: xgboost, fetchesServingCode: true, servesWithoutScript: false },
  pytorch: {
    training: { repository: "pytorch-training", tags: byPython({ ...torchPythons, "2.7.1": "py312", "2.8.0": "py312" }) },
    inference: { repository: "pytorch-inference", tags: byPython(torchPythons) },
    gravitonInference: {
      repository: "pytorch-inference-graviton",
      tags: {
        ...byPython({ "2.0.1": "py310", "2.1.0": "py310", "2.2.1": "py310", "2.3.0": "py311" }, focal),
        ...byPython({ "2.4.0": "py311" }, jammy),
      },
    },
    fetchesServingCode: false,
    servesWithoutScript: false,
  },
  tensorflow: {
    training: {
      repository: "tensorflow-training",
      tags: byPython({ "2.12.0": "py310", "2.13.0": "py310", "2.14.1": "py310", "2.16.2": "py310", "2.18.0": "py310", "2.19.0": "py312" }),
    },
    inference: { repository: "tensorflow-inference", tags: tensorflowServing },
    gravitonInference: {
      repository: "tensorflow-inference-graviton",
      tags: byPython({ "2.12.1": "py310", "2.13.0": "py310", "2.14.1": "py310", "2.16.1": "py310" }, focal),
    },
    fetchesServingCode: false,
    servesWithoutScript: true,
  },
  huggingface: {
    training: {
      repository: "huggingface-pytorch-training",
      tags: {
        ...transformers("4.36.0", "2.1.0", "py310", "cu121-ubuntu20.04"),
        ...transformers("4.46.1", "2.3.0", "py311", "cu121-ubuntu20.04"),
        ...transformers("4.48.0", "2.3.0", "py311", "cu121-ubuntu20.04"),
        ...transformers("4.49.0", "2.5.1", "py311", "cu124-ubuntu22.04"),
        ...transformers("4.55.0", "2.7.1", "py312", "cu128-ubuntu22.04"),
        ...transformers("4.56.2", "2.8.0", "py312", "cu129-ubuntu22.04"),
        ...transformers("5.3.0", "2.9.0", "py312", "cu130-ubuntu22.04"),
      },
    },
    inference: {
      repository: "huggingface-pytorch-inference",
      tags: {
        ...transformers("4.37.0", "2.1.0", "py310", "cu118-ubuntu20.04", "ubuntu22.04"),
        ...transformers("4.48.0", "2.3.0", "py311", "cu121-ubuntu22.04", "ubuntu22.04"),
        ...transformers("4.49.0", "2.6.0", "py312", "cu124-ubuntu22.04", "ubuntu22.04"),
        ...transformers("4.51.3", "2.6.0", "py312", "cu124-ubuntu22.04", "ubuntu22.04"),
        ...transformers("5.5.3", "2.6.0", "py312", "cu124-ubuntu22.04", "ubuntu22.04"),
      },
    },
    fetchesServingCode: false,
    servesWithoutScript: true,
  },
} satisfies Readonly<Record<string, FrameworkTable>>;

export type FrameworkName = keyof typeof frameworks;
export const frameworkNames = Object.keys(frameworks) as FrameworkName[];
