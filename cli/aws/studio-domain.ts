import type { AppDetails, SageMakerClient, SpaceDetails } from "@aws-sdk/client-sagemaker";
import { type Clock, pollUntil } from "../../components/aws/polling";

/** What stands between a domain and its deletion. */
export interface DomainContent {
  readonly apps: readonly AppDetails[];
  readonly spaces: readonly SpaceDetails[];
  readonly profiles: readonly string[];
}

/** Apps that are deleted stay in the list for a day; those that failed have to be deleted too. */
export async function contentOf(domainId: string, client: SageMakerClient): Promise<DomainContent> {
  const { paginateListApps, paginateListSpaces, paginateListUserProfiles } = await import("@aws-sdk/client-sagemaker");
  const apps: AppDetails[] = [];
  for await (const page of paginateListApps({ client }, { DomainIdEquals: domainId })) apps.push(...(page.Apps ?? []));
  const spaces: SpaceDetails[] = [];
  for await (const page of paginateListSpaces({ client }, { DomainIdEquals: domainId })) spaces.push(...(page.Spaces ?? []));
  const profiles: string[] = [];
  for await (const page of paginateListUserProfiles({ client }, { DomainIdEquals: domainId })) {
    profiles.push(...(page.UserProfiles ?? []).flatMap(({ UserProfileName }) => UserProfileName ?? []));
  }
  return { apps: apps.filter(({ Status }) => Status !== "Deleted"), spaces, profiles };
}

/**
 * Deletes apps first, then spaces, then, when asked to, user profiles: AWS refuses each while one of those before is there. Waits for each kind to be gone;
 * AWS may take 20 minutes for an app.
 */
export async function emptyDomain(
  domainId: string,
  client: SageMakerClient,
  options: { readonly profiles: boolean; readonly clock: Clock; readonly tell: (line: string) => void; readonly signal: AbortSignal },
): Promise<void> {
  const { DeleteAppCommand, DeleteSpaceCommand, DeleteUserProfileCommand } = await import("@aws-sdk/client-sagemaker");
  const { clock, tell, signal } = options;
  const DomainId = domainId;
  const gone = async (what: string, left: (content: DomainContent) => number): Promise<void> => {
    let told = -1;
    await pollUntil(
      () => contentOf(domainId, client),
      (content) => {
        signal.throwIfAborted();
        const count = left(content);
        if (count > 0 && count !== told) tell(`${count} ${what} left`);
        told = count;
        return count === 0;
      },
      clock,
    );
  };
  const { apps, spaces, profiles } = await contentOf(domainId, client);
  for (const { AppName, AppType, UserProfileName, SpaceName, Status } of apps.filter(({ Status }) => Status !== "Deleting")) {
    signal.throwIfAborted();
    tell(`deleting app ${AppType} ${AppName} of ${SpaceName ?? UserProfileName}${Status === "Failed" ? " (failed)" : ""}`);
    const owner = SpaceName === undefined ? { UserProfileName } : { SpaceName };
    await client.send(new DeleteAppCommand({ DomainId, AppName, AppType, ...owner })).catch(ifGone);
  }
  await gone("apps", (content) => content.apps.length);
  for (const { SpaceName } of spaces.filter(({ Status }) => Status !== "Deleting")) {
    tell(`deleting space ${SpaceName}`);
    await client.send(new DeleteSpaceCommand({ DomainId, SpaceName })).catch(ifGone);
  }
  await gone("spaces", (content) => content.spaces.length);
  if (options.profiles) {
    for (const UserProfileName of profiles) {
      tell(`deleting user profile ${UserProfileName}`);
      await client.send(new DeleteUserProfileCommand({ DomainId, UserProfileName })).catch(ifGone);
    }
    await gone("user profiles", (content) => content.profiles.length);
  }
}

/** Somebody else, or the domain's idle shutdown, may have been quicker. */
function ifGone(error: unknown): void {
  if (!(error instanceof Error) || (error.name !== "ResourceNotFound" && error.name !== "ResourceNotFoundException")) throw error;
}
