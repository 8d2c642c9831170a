import { CheckFailure, type CheckRequest, DiffResponse, PropertyDiff } from "@pulumi/pulumi/proto/provider_pb";
import type { NameRequest } from "./autoname";
import type { Difference } from "./diff";
import type { Diff } from "./operations";

/** The resource type in a URN such as `urn:pulumi:dev::iris::parent$aws:s3/bucket:Bucket::data`. */
export function typeOf(urn: string): string {
  const qualified = urn.split("::")[2] ?? "";
  return qualified.slice(qualified.lastIndexOf("$") + 1);
}

/** The logical name in a URN; it may itself contain `::`. */
export function nameOf(urn: string): string {
  return urn.split("::").slice(3).join("::");
}

export function naming(request: CheckRequest): NameRequest {
  const autonaming = request.getAutonaming();
  const modes = { 0: "propose", 1: "enforce", 2: "disable" } as const;
  return {
    logicalName: nameOf(request.getUrn()),
    seed: request.getRandomseed_asU8(),
    ...(autonaming !== undefined && { configured: { mode: modes[autonaming.getMode()], name: autonaming.getProposedName() } }),
  };
}

export function checkFailure(property: string, reason: string): CheckFailure {
  const failure = new CheckFailure();
  failure.setProperty(property);
  failure.setReason(reason);
  return failure;
}

export function diffResponse({ differences, deleteBeforeReplace }: Diff): DiffResponse {
  const response = new DiffResponse();
  const replacing = differences.filter((difference) => difference.replaces);
  response.setChanges(differences.length > 0 ? DiffResponse.DiffChanges.DIFF_SOME : DiffResponse.DiffChanges.DIFF_NONE);
  response.setDiffsList(topLevel(differences));
  response.setReplacesList(topLevel(replacing));
  response.setDeletebeforereplace(replacing.length > 0 && deleteBeforeReplace);
  response.setHasdetaileddiff(true);
  for (const difference of differences) response.getDetaileddiffMap().set(difference.path, propertyDiff(difference));
  return response;
}

function topLevel(differences: readonly Difference[]): string[] {
  return [...new Set(differences.map(({ path }) => path.split(/[.[]/)[0] ?? path))];
}

const { Kind } = PropertyDiff;
const KINDS = {
  add: { inPlace: Kind.ADD, replacing: Kind.ADD_REPLACE },
  delete: { inPlace: Kind.DELETE, replacing: Kind.DELETE_REPLACE },
  update: { inPlace: Kind.UPDATE, replacing: Kind.UPDATE_REPLACE },
} as const;

function propertyDiff({ kind, replaces }: Difference): PropertyDiff {
  const diff = new PropertyDiff();
  diff.setKind(replaces ? KINDS[kind].replacing : KINDS[kind].inPlace);
  diff.setInputdiff(true);
  return diff;
}
