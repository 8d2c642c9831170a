import { SlipwayError } from "../../components/errors/slipway-error";
import { awsError, localAws } from "../aws/deployed-model";
import { type LossKind, lossKinds } from "../aws/loss-kinds";
import { StackClients } from "../aws/stack-clients";
import { contentLines, missingKinds, type StackContent, stackContent } from "../aws/stack-content";
import { accountOf, regionOf, type StackResource, stackResources } from "../aws/stack-resources";
import { destroyStack } from "../engine/destroy-stack";
import { localStackName } from "../engine/local-stack";
import { Interrupted } from "../errors/interrupted";
import { shellWord } from "../output/shell-word";
import { stateWords } from "../project/state-words";
import { closest } from "../verbs/closest";
import { usageError } from "../verbs/parse";
import type { VerbCall } from "../verbs/verb";

const actions =
  "sts:GetCallerIdentity, s3:ListBucketVersions, ecr:DescribeImages, logs:DescribeLogGroups and DescribeLogStreams, sagemaker:DescribeEndpoint, " +
  "DescribeTrainingJob, ListApps, ListSpaces and ListUserProfiles on what is in the stack";

/** Destroys a stack once nothing is in the way and what would be lost is agreed to: by the stack's name on a terminal, or by the name of each kind of loss. */
export async function run(call: VerbCall): Promise<undefined> {
  const stack = call.arguments.text("stack");
  const given = kindsOf(call.arguments.text("delete"));
  const resources = await stackResources(call, stack);
  const name = stack ?? localStackName;
  const count = resources.filter(({ id, type }) => id !== undefined && id !== "" && !type.startsWith("pulumi:")).length;
  if (count === 0) {
    call.emit({ kind: "result", data: { stack: name, destroyed: false, resources: 0 }, blocks: [text(`Stack ${name} has no resources.`)] });
    return;
  }
  const content = await contentOf(call, stack, resources);
  const data = { stack: name, resources: count, ...dataOf(content) };
  if (call.arguments.flag("preview-only")) {
    const lines = [`Destroying stack ${name} would delete ${count} resources.`, ...contentLines(content)];
    call.emit({ kind: "result", data: { ...data, destroyed: false }, blocks: [text(...lines)] });
    return;
  }
  refuseObstacles(name, content);
  await agree(call, name, count, content, given);
  await destroyStack(call, stack, resources);
  const after =
    stack === undefined ? `slipway local down${stateWords(call.arguments.text("state"))}` : `pulumi stack rm ${shellWord(stack)}`;
  const what = stack === undefined ? "To stop the local platform" : "Its configuration and history stay until";
  const lines = [`Stack ${name} is destroyed: ${count} resources.`, ...content.stays.map((line) => `stays  ${line}`), `${what}: ${after}`];
  call.emit({ kind: "result", data: { ...data, destroyed: true }, blocks: [text(...lines)] });
}

function text(...lines: string[]): { readonly kind: "text"; readonly lines: readonly string[] } {
  return { kind: "text", lines };
}

function dataOf({ losses, obstacles, stays }: StackContent) {
  return { losses: losses.map((loss) => ({ ...loss })), obstacles: obstacles.map((obstacle) => ({ ...obstacle })), stays };
}

async function contentOf(call: VerbCall, stack: string | undefined, resources: readonly StackResource[]): Promise<StackContent> {
  const place = stack === undefined ? await localAws(call) : {};
  const clients = new StackClients(place, call.env);
  const state = stateWords(call.arguments.text("state"));
  const cleanup = (domainId: string, region: string): string =>
    `slipway studio cleanup ${domainId}${stack === undefined ? state : ` --region ${region}`}`;
  try {
    const region = resources.map(regionOf).find((known) => known !== undefined);
    if (stack !== undefined && region !== undefined) await clients.proveAccount(accountOf(resources), region);
    return await stackContent(resources, clients, cleanup);
  } catch (error) {
    throw awsError(error, actions);
  } finally {
    await clients.close();
  }
}

/** The kinds of loss that `--delete` names. */
export function kindsOf(given: string | undefined): ReadonlySet<LossKind> {
  const words = given === undefined ? [] : given.split(",").map((word) => word.trim());
  const kinds = words.map((word): LossKind => {
    const kind = lossKinds.find((known) => known === word);
    if (kind === undefined) {
      const guess = closest(word, lossKinds);
      throw usageError(`--delete ${word} is not a kind of loss`, given ?? "", guess, `${lossKinds.join(", ")}, with commas between`);
    }
    return kind;
  });
  return new Set(kinds);
}

function refuseObstacles(name: string, content: StackContent): void {
  const { obstacles } = content;
  if (obstacles.length === 0) return;
  throw new SlipwayError("SLIP-6003", `Stack ${name} cannot be destroyed as it is; nothing was destroyed`, {
    details: contentLines(content),
    cure: [...new Set(obstacles.map(({ cure }) => cure))].join("\n"),
  });
}

async function agree(call: VerbCall, name: string, count: number, content: StackContent, given: ReadonlySet<LossKind>): Promise<void> {
  const missing = missingKinds(content.losses, given);
  const isSaid = call.arguments.flag("yes");
  if (isSaid && missing.length === 0) return;
  if (isSaid || !call.interactive) {
    const kinds = lossKinds.filter((kind) => given.has(kind) || missing.includes(kind));
    const stack = call.arguments.text("stack");
    const words = `${stack === undefined ? stateWords(call.arguments.text("state")) : ` --stack ${shellWord(stack)}`} --yes`;
    throw new SlipwayError(
      "SLIP-6004",
      `Destroying stack ${name} deletes ${count} resources${missing.length === 0 ? "" : ", and what they hold"}; nothing was destroyed`,
      {
        details: contentLines(content),
        received: isSaid ? `--yes without --delete ${missing.join(",")}` : "no --yes, and no terminal to ask on",
        cure: `if all of that may go: slipway destroy${words}${kinds.length === 0 ? "" : ` --delete ${kinds.join(",")}`}`,
      },
    );
  }
  for (const line of contentLines(content)) call.emit({ kind: "note", level: "info", text: line });
  const typed = await call.ask(`This destroys ${count} resources and all of the above. Type the stack's name, ${name}, to go on: `);
  if (typed !== name) throw new Interrupted("Nothing was destroyed.");
}
