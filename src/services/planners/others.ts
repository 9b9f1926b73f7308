import type { HostName } from "../../base/names.ts";
import type { Step } from "../../plan/model.ts";
import type { PlannedInstance } from "./planned-instance.ts";
import type { Planning } from "./request.ts";

/** Peers that gates ask and proxies in front are hosts of the plan too. */
export function withOthers(
  planning: Planning,
  instances: readonly PlannedInstance[],
  steps: readonly Step[],
): PlannedInstance[] {
  const selected = new Set(instances.map(planned => planned.host.name));
  const hosts = new Set(steps.flatMap(hostsOfStep).filter(host => !selected.has(host)));
  const byHost = Map.groupBy(planning.deployment.instances, instance => instance.host);
  const others = [...hosts].flatMap(host => byHost.get(host)?.[0] ?? []);
  return [...instances, ...others.map(planning.render)];
}

function hostsOfStep({ host, action }: Step): HostName[] {
  const asked = action.kind === "wait" && action.probe.kind === "everywhere" ? action.probe.asked : [];
  return [host, ...asked.map(({ host: other }) => other)];
}
