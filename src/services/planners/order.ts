import type { ServiceName } from "../../base/names.ts";
import { OperatorError } from "../../base/operator-error.ts";
import type { PlannedInstance } from "./planned-instance.ts";

/** One service of a plan with its instances, in file order. */
export interface ServiceGroup {
  name: ServiceName;
  needs: readonly ServiceName[];
  instances: readonly PlannedInstance[];
}

/**
 * Groups instances by service, every service after those that it needs. Services that do not depend on
 * each other keep their order. Throws an OperatorError that names the services of a circle.
 */
export function inStartOrder(instances: readonly PlannedInstance[]): ServiceGroup[] {
  const waiting = new Map(groups(instances).map(group => [group.name, group]));
  const ordered: ServiceGroup[] = [];
  while (waiting.size > 0) {
    const next = [...waiting.values()].find(group => group.needs.every(name => !waiting.has(name)));
    if (next === undefined) throw circle([...waiting.keys()]);
    waiting.delete(next.name);
    ordered.push(next);
  }
  return ordered;
}

function groups(instances: readonly PlannedInstance[]): ServiceGroup[] {
  const byName = Map.groupBy(instances, planned => planned.description.name);
  return [...byName].map(([name, members]) => ({
    name,
    needs: members[0]?.description.needs.filter(other => other !== name) ?? [],
    instances: members,
  }));
}

function circle(names: readonly ServiceName[]): OperatorError {
  return new OperatorError(`these services need each other in a circle: ${names.join(", ")}`, {
    code: "SERVICE_CIRCLE",
    hint: "take one out of the `needs:` of another in the services file",
  });
}
