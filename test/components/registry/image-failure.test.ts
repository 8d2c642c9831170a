import { describe, expect, test } from "vitest";
import { explanationOf } from "../../../components/registry/image-explained";
import { imageCauses, imageFailureMessage, readImageFailure } from "../../../components/registry/image-failure";

/** As BuildKit prints it (`docker build` with its plain progress). */
const buildKit = `#5 [2/3] COPY requirements.txt .
#5 CACHED

#6 [3/3] RUN pip install -r requirements.txt
#6 1.204 Collecting joblib==1.5.2
#6 1.911 ERROR: Could not find a version that satisfies the requirement nosuch==1 (from versions: none)
#6 1.912 ERROR: No matching distribution found for nosuch==1
#6 ERROR: process "/bin/sh -c pip install -r requirements.txt" did not complete successfully: exit code: 1
------
 > [3/3] RUN pip install -r requirements.txt:
1.204 Collecting joblib==1.5.2
1.911 ERROR: Could not find a version that satisfies the requirement nosuch==1 (from versions: none)
1.912 ERROR: No matching distribution found for nosuch==1
------
Dockerfile:4
--------------------
   4 | >>> RUN pip install -r requirements.txt
--------------------
ERROR: failed to solve: process "/bin/sh -c pip install -r requirements.txt" did not complete successfully: exit code: 1
`;

/** As the builder before it prints it. */
const legacy = `Sending build context to Docker daemon  3.072kB
Step 1/3 : FROM python:3.12-slim
 ---> 0a1b2c3d4e5f
Step 2/3 : RUN apt-get install -y libnosuch1
 ---> Running in 1a2b3c4d5e6f
Reading package lists...
E: Unable to locate package libnosuch1

The command '/bin/sh -c apt-get install -y libnosuch1' returned a non-zero code: 100
`;

describe("an image that cannot be built", () => {
  test("tells the failing step, its last lines once each, and the cure", () => {
    expect(imageFailureMessage("shop/iris:1", buildKit).split("\n")).toEqual([
      "SLIP-5022 the image shop/iris:1 cannot be built: RUN pip install -r requirements.txt failed",
      "  log  Collecting joblib==1.5.2",
      "  log  ERROR: Could not find a version that satisfies the requirement nosuch==1 (from versions: none)",
      "  log  ERROR: No matching distribution found for nosuch==1",
      '  log  ERROR: process "/bin/sh -c pip install -r requirements.txt" did not complete successfully: exit code: 1',
      "  log  Dockerfile:4",
      "  log  4 | >>> RUN pip install -r requirements.txt",
      '  log  ERROR: failed to solve: process "/bin/sh -c pip install -r requirements.txt" did not complete successfully: exit code: 1',
      "  fix  There is no such version of nosuch==1 for the image's Python and processor: correct the requirement, or take a base image with another Python.",
    ]);
  });

  test("tells them too where Docker has no BuildKit", () => {
    expect(readImageFailure(legacy)).toEqual({
      step: "RUN apt-get install -y libnosuch1",
      lines: expect.arrayContaining(["E: Unable to locate package libnosuch1"]),
      cure: expect.stringContaining("has no package libnosuch1"),
    });
  });

  test("of an unknown cause has the step and the lines, and leaves the cure to the catalogue", () => {
    const output = " > [2/2] RUN make:\n1.0 make: *** No targets.  Stop.\nERROR: failed to solve: exit code: 2";
    expect(imageFailureMessage("a:1", output)).toBe(
      "SLIP-5022 the image a:1 cannot be built: RUN make failed\n  log  make: *** No targets.  Stop.\n  log  ERROR: failed to solve: exit code: 2",
    );
  });

  test.each([
    ["Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?", "No Docker engine answers"],
    ["Error: spawn docker ENOENT", "No Docker engine answers"],
    ["permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock", "add it to the group docker"],
    ["dockerfile parse error line 3: unknown instruction: RNU", "Correct line 3 of the Dockerfile"],
    ["Error response from daemon: unknown instruction: RNU", "RNU is no instruction"],
    ['ERROR: failed to solve: target stage "runtim" could not be found', "FROM … AS runtim"],
    ["failed to reach build target runtim in Dockerfile", "FROM … AS runtim"],
    [
      'failed to compute cache key: failed to calculate checksum of ref 1a::2b: "/weights.bin": not found',
      "copies /weights.bin, which the build context does not have",
    ],
    [
      "COPY failed: file not found in build context or excluded by .dockerignore: stat weights.bin: file does not exist",
      "copies weights.bin, which the build context does not have",
    ],
    ["toomanyrequests: You have reached your pull rate limit.", "lets no more pulls through"],
    ["ERROR: No matching distribution found for torch==9", "no such version of torch==9"],
    ["E: Unable to locate package libgopm1", "has no package libgopm1"],
    ["exec /bin/sh: exec format error", "other processors than this machine has"],
    ["OSError: [Errno 28] No space left on device", "docker system prune makes room"],
    ['process "/bin/sh -c python train.py" did not complete successfully: exit code: 137', "The step ran out of memory"],
    [
      "tag invalid: The image tag 'iris-0a1b' already exists in the 'shop-models' repository and cannot be overwritten because the tag is immutable.",
      "tags never move",
    ],
    [
      "name unknown: The repository with name 'shop-models' does not exist in the registry with id '123456789012'",
      "There is no repository shop-models",
    ],
    ["denied: Your authorization token has expired. Reauthenticate and try again.", "The registry refused the login"],
    ["no basic auth credentials", "The registry refused the login"],
    [
      "denied: User: arn:aws:iam::123456789012:user/ada is not authorized to perform: ecr:InitiateLayerUpload on resource: arn:aws:ecr:…",
      "The registry refused the login",
    ],
    [
      "ERROR: failed to solve: python:3.99: failed to resolve source metadata for docker.io/library/python:3.99: not found",
      "The base image docker.io/library/python:3.99 cannot be pulled",
    ],
    [
      "pull access denied for nosuch/base, repository does not exist or may require 'docker login'",
      "The base image nosuch/base cannot be pulled",
    ],
    ["manifest for python:3.99 not found: manifest unknown: manifest unknown", "The base image python:3.99 cannot be pulled"],
    [
      'Error response from daemon: Get "https://registry-1.docker.io/v2/": dial tcp: lookup registry-1.docker.io: no such host',
      "does not reach that address",
    ],
  ])("by %s tells its cure", (line, cure) => {
    expect(readImageFailure(`before\n${line}\nafter`).cure).toContain(cure);
  });

  test("has one cure for each known cause", () => {
    expect(new Set(imageCauses.map(({ sign }) => sign.source)).size).toBe(imageCauses.length);
  });
});

describe("what is added to the Docker provider's own error", () => {
  test("is the cure, from whichever of its errors tells the cause", () => {
    const errors = ["error pushing image", "tag invalid: The image tag 'iris-0a1b' already exists in the 'shop-models' repository"];
    expect(explanationOf("shop/iris:1", errors)?.split("\n").at(-1)).toContain("tags never move");
  });

  test("is nothing where nothing more is known, or all is said", () => {
    expect(explanationOf("shop/iris:1", ["an error nobody has seen"])).toBeUndefined();
    expect(
      explanationOf("shop/iris:1", ["SLIP-5022 the image cannot be built: RUN make failed\n  fix  No space left on device"]),
    ).toBeUndefined();
  });
});
