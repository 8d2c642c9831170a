import * as pulumi from "@pulumi/pulumi";

/** A resource of the stack's last recorded state. */
export interface RecordedResource {
  readonly type?: string;
  readonly outputs?: Readonly<Record<string, unknown>>;
}

/** By URN. Resources that only wait for their deletion are not among them. */
export type RecordedResources = Readonly<Record<string, RecordedResource>>;

/** Kept by connection to the engine, which is one per program. */
const known = new WeakMap<object, Promise<RecordedResources | undefined>>();

/** The engine's own answer, asked for once per program; undefined when the engine cannot tell. */
export function recordedResources(): Promise<RecordedResources | undefined> {
  const engine = pulumi.runtime.getMonitor() ?? known;
  const asked = known.get(engine) ?? readRecorded();
  known.set(engine, asked);
  return asked;
}

async function readRecorded(): Promise<RecordedResources | undefined> {
  try {
    const stackName = `${pulumi.getOrganization()}/${pulumi.getProject()}/${pulumi.getStack()}`;
    const answer: { readonly outputs?: RecordedResources } = await pulumi.runtime.invoke("pulumi:pulumi:readStackResourceOutputs", {
      stackName,
    });
    return answer.outputs ?? {};
  } catch {
    return undefined;
  }
}

/**
 * What is recorded of one resource, by its name, type and parent; undefined when it is new or the engine cannot tell. A URN as an output would make
 * whatever reads this wait for the parent with all its children, itself among them; hence the promise.
 */
export function recordedChild(
  name: string,
  type: string,
  parent: pulumi.Resource | undefined,
): pulumi.Output<RecordedResource | undefined> {
  const urn = new Promise<string>((resolve) => pulumi.createUrn(name, type, parent).apply(resolve));
  return pulumi.output(urn.then(async (known) => (await recordedResources())?.[known]));
}

/** What is recorded of a component. Its URN as an output would make whatever reads this wait for all its children. */
export function recordedSelf(component: pulumi.ComponentResource): pulumi.Output<RecordedResource | undefined> {
  const urn = new Promise<string>((resolve) => component.urn.apply(resolve));
  return pulumi.output(urn.then(async (known) => (await recordedResources())?.[known]));
}

/** An output that is a text; undefined when it is none, or nothing is recorded. */
export function textOf(recorded: RecordedResource | undefined, key: string): string | undefined {
  const value = recorded?.outputs?.[key];
  return typeof value === "string" ? value : undefined;
}
