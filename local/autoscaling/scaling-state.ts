import { join } from "node:path";
import type { EndpointRecord } from "../control-plane/records";
import { ResourceStore } from "../state/resource-store";
import type { ScalableTargetRecord, ScalingActivityRecord, ScalingPolicyRecord, ScheduledActionRecord } from "./records";

/** Activities of one target that are kept; AWS keeps those of six weeks. */
const maxActivities = 100;

/** What identifies a scalable target within the namespace sagemaker. */
export type TargetIdentity = Pick<ScalableTargetRecord, "resourceId" | "dimension">;

/** All that Application Auto Scaling keeps of one region. */
export class ScalingState {
  readonly targets: ResourceStore<ScalableTargetRecord>;
  readonly policies: ResourceStore<ScalingPolicyRecord>;
  readonly scheduledActions: ResourceStore<ScheduledActionRecord>;
  readonly activities: ResourceStore<ScalingActivityRecord>;

  constructor(folder: string) {
    this.targets = new ResourceStore(join(folder, "scalable-targets"));
    this.policies = new ResourceStore(join(folder, "scaling-policies"));
    this.scheduledActions = new ResourceStore(join(folder, "scheduled-actions"));
    this.activities = new ResourceStore(join(folder, "scaling-activities"));
  }

  target(identity: TargetIdentity): ScalableTargetRecord | undefined {
    return this.targets.get(targetKey(identity));
  }

  policiesOf(target: TargetIdentity): ScalingPolicyRecord[] {
    return this.policies.list().filter((policy) => isOf(policy, target));
  }

  actionsOf(target: TargetIdentity): ScheduledActionRecord[] {
    return this.scheduledActions.list().filter((action) => isOf(action, target));
  }

  /** Keeps an activity, and forgets the oldest ones of its target. */
  async putActivity(activity: ScalingActivityRecord): Promise<void> {
    const old = this.activities
      .list()
      .filter((each) => isOf(each, activity) && each.id !== activity.id)
      .sort((a, b) => b.createdAt - a.createdAt)
      .slice(maxActivities - 1);
    await Promise.all([this.activities.put(activity.id, activity), ...old.map(({ id }) => this.activities.delete(id))]);
  }

  /** Forgets a target, and with it its policies and scheduled actions, in memory at once. Gives the policies: their alarms are elsewhere. */
  async deregister(target: TargetIdentity): Promise<ScalingPolicyRecord[]> {
    const policies = this.policiesOf(target);
    await Promise.all([
      this.targets.delete(targetKey(target)),
      ...policies.map((policy) => this.policies.delete(memberKey(policy, policy.name))),
      ...this.actionsOf(target).map((action) => this.scheduledActions.delete(memberKey(action, action.name))),
    ]);
    return policies;
  }

  /** Deregisters what belonged to endpoints that are deleted, as AWS does with the endpoint. Gives the policies that went. */
  async deregisterOrphans(endpoints: ResourceStore<EndpointRecord>): Promise<ScalingPolicyRecord[]> {
    const gone = await Promise.all(
      this.targets
        .list()
        .filter(({ endpoint, endpointCreatedAt }) => {
          const record = endpoints.get(endpoint);
          return record === undefined || record.status === "Deleting" || record.createdAt !== endpointCreatedAt;
        })
        .map((target) => this.deregister(target)),
    );
    return gone.flat();
  }

  async flush(): Promise<void> {
    await Promise.all(this.stores().map((store) => store.flush()));
  }

  async clear(): Promise<void> {
    await Promise.all(this.stores().map((store) => store.clear()));
  }

  private stores(): { flush(): Promise<void>; clear(): Promise<void> }[] {
    return [this.targets, this.policies, this.scheduledActions, this.activities];
  }
}

export function targetKey({ resourceId, dimension }: TargetIdentity): string {
  return `${dimension}|${resourceId}`;
}

/** Key of a policy or a scheduled action of a target. */
export function memberKey(target: TargetIdentity, name: string): string {
  return `${targetKey(target)}|${name}`;
}

function isOf(member: TargetIdentity, target: TargetIdentity): boolean {
  return member.resourceId === target.resourceId && member.dimension === target.dimension;
}
