/** What a failure's reason or log says when its cause is a known one, and what to do then. */
interface KnownCause {
  readonly sign: RegExp;
  readonly cure: string;
}

/** The first that fits is told; what a log says more exactly stands before what follows from it. */
export const knownCauses: readonly KnownCause[] = [
  { sign: /No module named '([\w.]+)'/, cure: "Add the package of module $1 to requirements.txt beside model.py, with its version." },
  {
    sign: /CUDA out of memory|CUDA error: out of memory/,
    cure: "The GPU's memory is too small: choose an instance with more of it, a smaller batch, or lower precision.",
  },
  {
    sign: /MemoryError|Cannot allocate memory|OutOfMemory|Out of memory|exit code 137|exit code: 137|oom-kill/i,
    cure: "Memory ran out: choose an instance (or memorySizeInMb) with more of it, or fewer workers in the container.",
  },
  {
    sign: /No space left on device/,
    cure: "The disk is full: raise volumeSizeInGb, or choose an instance type whose own disk is larger.",
  },
  {
    sign: /exec format error/i,
    cure: "The image is for other processors than the instance has: set architecture to that of the instance type, or leave it out.",
  },
  {
    sign: /alarms?.* (?:were|was) triggered|went into ALARM/i,
    cure: "An alarm of the rollout went off, and the version before serves: aws cloudwatch describe-alarm-history shows what its metric did; correct the model, or the alarm's limit.",
  },
  {
    sign: /ResourceLimitExceeded|account-level service limit|service quota/i,
    cure: "The account's quota for this instance type is used up: ask for more in Service Quotas (SageMaker), or choose another type.",
  },
  {
    sign: /InsufficientInstanceCapacity|CapacityError|Unable to provision requested ML compute capacity/i,
    cure: "AWS has no such instance free now: run again later, choose another type, or subnets in further availability zones.",
  },
  {
    sign: /kms:\w+|KMSAccessDenied|AWS KMS|KMS key/i,
    cure: "The role may not use the key: the key's policy must admit the model's role (a key that the platform makes does).",
  },
  {
    sign: /CannotPullContainer|pull access denied|not authorized to perform: ecr:|ECR image .* (?:not found|does not exist)/i,
    cure: "The image cannot be pulled: it must be in the region, and the role and the repository's policy must allow it.",
  },
  {
    sign: /Could not (?:find|access) model data|NoSuchKey|HeadObject.*404|not authorized to perform: s3:/i,
    cure: "The data is not there, or the role may not read it: aws s3 ls shows whether the object exists; paths outside the platform's bucket need a policy of their bucket.",
  },
  {
    sign: /MaxRuntimeExceeded|exceeded.*MaxRuntimeInSeconds|MaxWaitTimeExceeded/i,
    cure: "The time allowed ran out: raise maxRuntime (and maxWait on spot instances), or train on a larger instance.",
  },
  {
    sign: /name resolution|Network is unreachable|Connection timed out|Could not connect to the endpoint URL/i,
    cure: "There is no way to that address from the platform's network: give the network natGateways, an endpoint for the service, or bring what is needed in the image.",
  },
  {
    sign: /health ?check.*(?:time|within)|did not pass the ping health check/i,
    cure: "The container did not answer /ping in time: read its log for an error of load(); when it only loads slowly, raise startupTimeout.",
  },
];

/** The cure of the first known cause that a reason or a log, its last lines first, shows; undefined when there is none. */
export function likelyCure(reason: string, log: readonly string[]): string | undefined {
  const newest = [...log].reverse();
  for (const { sign, cure } of knownCauses) {
    for (const line of [...newest, reason]) {
      const match = sign.exec(line);
      if (match !== null) {
        return cure.replace("$1", match[1] ?? "");
      }
    }
  }
  return undefined;
}
