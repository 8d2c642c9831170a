import { availableParallelism } from "node:os";

/** The instance group of a job that names none. */
const onlyGroup = "homogeneousCluster";

/** One instance of a job. */
export interface JobHost {
  /** `algo-1`, `algo-2`, … */
  readonly name: string;
  readonly instanceType: string;
  readonly group: string;
}

/**
 * How many instances one job may have here: each is a container that shares this machine's processors with the others. Two for each
 * processor, and four on the smallest machine.
 */
export function mostInstances(processors: number = availableParallelism()): number {
  return Math.max(4, 2 * processors);
}

/** What training and processing jobs say of their instances. */
export interface ClusterResources {
  readonly InstanceType?: string | undefined;
  readonly InstanceCount?: number | undefined;
  readonly InstanceGroups?:
    | readonly {
        readonly InstanceType?: string | undefined;
        readonly InstanceCount?: number | undefined;
        readonly InstanceGroupName?: string | undefined;
      }[]
    | undefined;
}

/** The instances of a job, numbered through its groups in their order. */
export function hostsOf(resources: ClusterResources | undefined): JobHost[] {
  const groups = resources?.InstanceGroups ?? [
    { InstanceGroupName: onlyGroup, InstanceType: resources?.InstanceType, InstanceCount: resources?.InstanceCount ?? 1 },
  ];
  return groups
    .flatMap(({ InstanceGroupName = onlyGroup, InstanceType = "", InstanceCount = 0 }) =>
      Array.from({ length: InstanceCount }, () => ({ instanceType: InstanceType, group: InstanceGroupName })),
    )
    .map((host, index) => ({ name: `algo-${index + 1}`, ...host }));
}

/** What `resourceconfig.json` tells the container of one instance. */
export function resourceConfig(current: JobHost, hosts: readonly JobHost[], networkInterface: string): object {
  const groups = [...new Set(hosts.map(({ group }) => group))];
  return {
    current_host: current.name,
    current_instance_type: current.instanceType,
    current_group_name: current.group,
    // Sorted as text, as AWS has them: algo-10 comes before algo-2.
    hosts: hosts.map(({ name }) => name).sort(),
    instance_groups: groups.map((group) => ({
      instance_group_name: group,
      instance_type: hosts.find((host) => host.group === group)?.instanceType,
      hosts: hosts.filter((host) => host.group === group).map(({ name }) => name),
    })),
    network_interface_name: networkInterface,
  };
}
