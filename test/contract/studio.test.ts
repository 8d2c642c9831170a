import {
  CreateAppCommand,
  CreateDomainCommand,
  CreateSpaceCommand,
  CreateUserProfileCommand,
  DeleteAppCommand,
  DeleteDomainCommand,
  DeleteSpaceCommand,
  DeleteUserProfileCommand,
  DescribeAppCommand,
  DescribeDomainCommand,
  DescribeSpaceCommand,
  DescribeUserProfileCommand,
  ListAppsCommand,
  ListSpacesCommand,
  ListUserProfilesCommand,
  UpdateDomainCommand,
  UpdateSpaceCommand,
  UpdateUserProfileCommand,
} from "@aws-sdk/client-sagemaker";
import { afterAll, beforeAll, expect, test } from "vitest";
import { account, type Platform, region, rejection, role, startPlatform } from "./support/platform";

let platform: Platform;
let DomainId: string;

beforeAll(async () => {
  platform = await startPlatform();
  const settings = { ExecutionRole: role, SecurityGroups: ["sg-1"] };
  const command = new CreateDomainCommand({ DomainName: "studio", AuthMode: "IAM", DefaultUserSettings: settings });
  const { DomainArn = "" } = await platform.sagemaker.send(command);
  DomainId = DomainArn.split("/")[1] ?? "";
  await platform.sagemaker.send(new CreateUserProfileCommand({ DomainId, UserProfileName: "Ada" }));
});
afterAll(() => platform.stop());

const arn = (kind: string): string => `arn:aws:sagemaker:${region}:${account}:${kind}`;
const inService = { timeout: 60_000 };

test("an update of a domain or a profile replaces what it names and keeps the rest", async () => {
  const { sagemaker } = platform;
  await sagemaker.send(
    new UpdateDomainCommand({ DomainId, DefaultUserSettings: { SecurityGroups: ["sg-2"] }, AppNetworkAccessType: "VpcOnly" }),
  );
  const domain = await sagemaker.send(new DescribeDomainCommand({ DomainId }));
  expect(domain.DefaultUserSettings).toEqual({ ExecutionRole: role, SecurityGroups: ["sg-2"] });
  expect(domain).toMatchObject({ DomainName: "studio", AppNetworkAccessType: "VpcOnly", DomainArn: arn(`domain/${DomainId}`) });
  await expect.poll(async () => (await sagemaker.send(new DescribeDomainCommand({ DomainId }))).Status, inService).toBe("InService");

  const name = { DomainId, UserProfileName: "Ada" };
  await sagemaker.send(new UpdateUserProfileCommand({ ...name, UserSettings: { ExecutionRole: role } }));
  await sagemaker.send(new UpdateUserProfileCommand({ ...name, UserSettings: { SecurityGroups: ["sg-3"] } }));
  const profile = await sagemaker.send(new DescribeUserProfileCommand(name));
  expect(profile.UserSettings).toEqual({ ExecutionRole: role, SecurityGroups: ["sg-3"] });
  expect(profile.UserProfileArn).toBe(arn(`user-profile/${DomainId}/ada`));
});

test("a space is made, described, changed, listed and deleted", async () => {
  const { sagemaker } = platform;
  const name = { DomainId, SpaceName: "lab" };
  const { SpaceArn } = await sagemaker.send(
    new CreateSpaceCommand({
      ...name,
      OwnershipSettings: { OwnerUserProfileName: "Ada" },
      SpaceSharingSettings: { SharingType: "Private" },
      SpaceSettings: { AppType: "JupyterLab", SpaceStorageSettings: { EbsStorageSettings: { EbsVolumeSizeInGb: 5 } } },
    }),
  );
  expect(SpaceArn).toBe(arn(`space/${DomainId}/lab`));
  await expect.poll(async () => (await sagemaker.send(new DescribeSpaceCommand(name))).Status, inService).toBe("InService");
  await sagemaker.send(new UpdateSpaceCommand({ ...name, SpaceDisplayName: "Laboratory" }));
  expect(await sagemaker.send(new DescribeSpaceCommand(name))).toMatchObject({
    SpaceDisplayName: "Laboratory",
    SpaceSettings: { AppType: "JupyterLab" },
    OwnershipSettings: { OwnerUserProfileName: "Ada" },
  });
  const { Spaces } = await sagemaker.send(new ListSpacesCommand({ DomainIdEquals: DomainId, SpaceNameContains: "LA" }));
  expect(Spaces).toMatchObject([
    {
      SpaceName: "lab",
      SpaceSettingsSummary: { AppType: "JupyterLab", SpaceStorageSettings: { EbsStorageSettings: { EbsVolumeSizeInGb: 5 } } },
      SpaceSharingSettingsSummary: { SharingType: "Private" },
      OwnershipSettingsSummary: { OwnerUserProfileName: "Ada" },
    },
  ]);
  const owned = await rejection(sagemaker.send(new DeleteUserProfileCommand({ DomainId, UserProfileName: "Ada" })));
  expect([owned.name, owned.message]).toEqual([
    "ResourceInUse",
    `Unable to delete UserProfile [${arn(`user-profile/${DomainId}/ada`)}] because Space(s) are associated with it.`,
  ]);
  await sagemaker.send(new DeleteSpaceCommand(name));
  const gone = await rejection(sagemaker.send(new DescribeSpaceCommand(name)));
  expect([gone.name, gone.message]).toEqual(["ResourceNotFound", `Space lab does not exist in Domain [${DomainId}].`]);
});

test("an app is made for a profile or a space, and is listed as deleted when it was", async () => {
  const { sagemaker } = platform;
  const name = { DomainId, UserProfileName: "Ada", AppType: "JupyterServer", AppName: "default" } as const;
  const { AppArn } = await sagemaker.send(new CreateAppCommand({ ...name, ResourceSpec: { InstanceType: "system" } }));
  expect(AppArn).toBe(arn(`app/${DomainId}/ada/jupyterserver/default`));
  await expect.poll(async () => (await sagemaker.send(new DescribeAppCommand(name))).Status, inService).toBe("InService");
  const again = await rejection(sagemaker.send(new CreateAppCommand(name)));
  expect([again.name, again.message]).toEqual(["ResourceInUse", `App [${AppArn}] already exists.`]);

  const inUse = await rejection(sagemaker.send(new DeleteUserProfileCommand({ DomainId, UserProfileName: "Ada" })));
  expect([inUse.name, inUse.message]).toEqual([
    "ResourceInUse",
    `Unable to delete UserProfile [${arn(`user-profile/${DomainId}/ada`)}] because App(s) are associated with it.`,
  ]);
  const domainInUse = await rejection(sagemaker.send(new DeleteDomainCommand({ DomainId })));
  expect([domainInUse.name, domainInUse.message]).toEqual([
    "ResourceInUse",
    `Unable to delete Domain [${arn(`domain/${DomainId}`)}] because App(s) are associated with it.`,
  ]);

  await sagemaker.send(new DeleteAppCommand(name));
  const listed = async () => (await sagemaker.send(new ListAppsCommand({ DomainIdEquals: DomainId, UserProfileNameEquals: "Ada" }))).Apps;
  await expect.poll(async () => (await listed())?.map(({ Status }) => Status), inService).toEqual(["Deleted"]);
  expect((await rejection(sagemaker.send(new DeleteAppCommand(name)))).name).toBe("ResourceNotFound");
  expect((await sagemaker.send(new CreateAppCommand(name))).AppArn).toBe(AppArn);
  await sagemaker.send(new DeleteAppCommand(name));
});

test("an app needs one owner that exists", async () => {
  const { sagemaker } = platform;
  const app = { DomainId, AppType: "JupyterLab", AppName: "default" } as const;
  const none = await rejection(sagemaker.send(new CreateAppCommand(app)));
  expect([none.name, none.message]).toEqual(["ValidationException", "Exactly one of UserProfileName and SpaceName must be specified."]);
  const absent = await rejection(sagemaker.send(new CreateAppCommand({ ...app, SpaceName: "absent" })));
  expect([absent.name, absent.message]).toEqual(["ValidationException", `Space absent does not exist in Domain [${DomainId}].`]);
  expect((await rejection(sagemaker.send(new CreateAppCommand({ ...app, UserProfileName: "absent" })))).name).toBe("ValidationException");
  const nowhere = new CreateSpaceCommand({ DomainId: "d-absent", SpaceName: "lab" });
  expect((await rejection(sagemaker.send(nowhere))).message).toBe("Domain [d-absent] does not exist.");
});

test("a domain is deleted once nothing is in it, whatever the retention policy says", async () => {
  const { sagemaker } = platform;
  const inUse = await rejection(sagemaker.send(new DeleteDomainCommand({ DomainId })));
  expect(inUse.message).toBe(`Unable to delete Domain [${arn(`domain/${DomainId}`)}] because UserProfile(s) are associated with it.`);
  await sagemaker.send(new DeleteUserProfileCommand({ DomainId, UserProfileName: "Ada" }));
  expect((await sagemaker.send(new ListUserProfilesCommand({ DomainIdEquals: DomainId }))).UserProfiles).toEqual([]);
  const wrong = { DomainId, RetentionPolicy: { HomeEfsFileSystem: "Keep" as "Retain" } };
  expect((await rejection(sagemaker.send(new DeleteDomainCommand(wrong)))).message).toBe(
    "1 validation error detected: Value 'Keep' at 'retentionPolicy.homeEfsFileSystem' failed to satisfy constraint: " +
      "Member must satisfy enum value set: [Retain, Delete]",
  );
  await sagemaker.send(new DeleteDomainCommand({ DomainId, RetentionPolicy: { HomeEfsFileSystem: "Delete" } }));
  expect((await rejection(sagemaker.send(new DescribeDomainCommand({ DomainId })))).name).toBe("ResourceNotFound");
});
