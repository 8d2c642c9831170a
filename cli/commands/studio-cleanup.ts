import type { DomainDetails, SageMakerClient } from "@aws-sdk/client-sagemaker";
import { systemClock } from "../../components/aws/polling";
import { SlipwayError } from "../../components/errors/slipway-error";
import { awsError, commandClients, localAws } from "../aws/deployed-model";
import { contentOf, type DomainContent, emptyDomain } from "../aws/studio-domain";
import { Interrupted } from "../errors/interrupted";
import type { VerbCall } from "../verbs/verb";

/** Empties a Studio domain: Pulumi deletes profiles and domain, but apps and spaces are the users', and AWS keeps a domain that has any. */
export async function run(call: VerbCall): Promise<undefined> {
  const region = call.arguments.text("region");
  const clients = await commandClients(region === undefined ? await localAws(call) : { region });
  try {
    const domainId = await domainOf(call, clients.sagemaker);
    const profiles = call.arguments.flag("profiles");
    const content = await contentOf(domainId, clients.sagemaker);
    const lines = lossOf(content, profiles);
    if (lines.length > 0) {
      await agree(call, domainId, lines);
      await empty(call, domainId, clients.sagemaker, profiles);
    }
    const done = lines.length === 0 ? [`${domainId} has no apps and no spaces.`] : [`Deleted from ${domainId}:`, ...lines];
    const data = { domain: domainId, deleted: lines };
    call.emit({ kind: "result", data, blocks: [{ kind: "text", lines: [...done, "Home directories stay in the domain's file system."] }] });
  } catch (error) {
    throw awsError(error, "sagemaker:ListDomains, ListApps, ListSpaces, ListUserProfiles, DeleteApp, DeleteSpace and DeleteUserProfile");
  } finally {
    clients.close();
  }
}

async function domainOf(call: VerbCall, client: SageMakerClient): Promise<string> {
  const { paginateListDomains } = await import("@aws-sdk/client-sagemaker");
  const [given] = call.arguments.positionals;
  const domains: DomainDetails[] = [];
  for await (const page of paginateListDomains({ client }, {})) domains.push(...(page.Domains ?? []));
  const found = given === undefined ? domains : domains.filter(({ DomainId }) => DomainId === given);
  const [domain] = found;
  if (domain?.DomainId === undefined || found.length > 1) {
    const known = domains.map(({ DomainId, DomainName }) => `${DomainId} (${DomainName})`).join(", ");
    const message = given === undefined ? `There are ${domains.length} domains` : `There is no domain "${given}"`;
    throw new SlipwayError("SLIP-5010", message, {
      received: given ?? "no domain",
      cure: known === "" ? "give --region with the region of the domain" : `give the id of one: ${known}`,
    });
  }
  return domain.DomainId;
}

/** What goes, line by line. */
function lossOf({ apps, spaces, profiles }: DomainContent, withProfiles: boolean): string[] {
  return [
    ...apps.map(
      ({ AppType, AppName, UserProfileName, SpaceName, Status }) =>
        `app ${AppType} ${AppName} of ${SpaceName ?? UserProfileName} (${Status})`,
    ),
    ...spaces.map(({ SpaceName, OwnershipSettingsSummary }) => {
      const owner = OwnershipSettingsSummary?.OwnerUserProfileName;
      return `space ${SpaceName}${owner === undefined ? "" : ` of ${owner}`}, with the files on its volume`;
    }),
    ...(withProfiles ? profiles.map((profile) => `user profile ${profile}`) : []),
  ];
}

async function agree(call: VerbCall, domainId: string, lines: readonly string[]): Promise<void> {
  if (call.arguments.flag("yes")) return;
  if (!call.interactive) {
    throw new SlipwayError("SLIP-5014", `This deletes from ${domainId}: ${lines.length} of them`, {
      details: lines,
      received: "no --yes, and no terminal to ask on",
    });
  }
  for (const text of lines) call.emit({ kind: "note", level: "info", text });
  if (!(await call.confirm(`Delete these ${lines.length} from ${domainId}?`))) throw new Interrupted("Nothing was deleted.");
}

async function empty(call: VerbCall, domainId: string, client: SageMakerClient, profiles: boolean): Promise<void> {
  const phase = "cleanup";
  const began = Date.now();
  const finish = (outcome: "done" | "failed"): void =>
    call.emit({ kind: "phase-finished", phase, outcome, detail: domainId, seconds: (Date.now() - began) / 1000 });
  call.emit({ kind: "phase-started", phase, detail: domainId });
  const tell = (detail: string): void => call.emit({ kind: "phase-progress", phase, detail });
  try {
    await emptyDomain(domainId, client, { profiles, clock: systemClock, tell, signal: call.signal });
    finish("done");
  } catch (error) {
    finish("failed");
    throw error;
  }
}
