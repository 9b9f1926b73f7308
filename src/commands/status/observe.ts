import type { HostName, InstanceName } from "../../base/names.ts";
import type { Milliseconds } from "../../base/units.ts";
import type { UnitStatus } from "../../engine/units/status.ts";
import { unitStatuses } from "../../engine/units/unit-statuses.ts";
import type { PlannedInstance } from "../../services/planners/planned-instance.ts";
import type { ObservedInstance } from "../../services/planners/request.ts";
import type { Connection, Transport } from "../../transport/model.ts";
import { askAll } from "../fleet/fan-out.ts";
import type { CommandContext } from "../model.ts";
import type { SelectedHost } from "../selected-hosts.ts";

/** A host that is connected answers within this; one that is not ends at its connect timeout. */
const STATUS_TIMEOUT: Milliseconds = 20_000;

/** What was seen of a unit, with the instance that it runs. */
export interface SeenInstance {
  planned: PlannedInstance;
  status: UnitStatus;
}

/** Looks at the instances of one host, in one remote command. */
export async function seeInstances(
  connection: Connection,
  instances: readonly PlannedInstance[],
  signal?: AbortSignal,
): Promise<SeenInstance[]> {
  const units = instances.map(({ unit }) => unit);
  const options = { timeout: STATUS_TIMEOUT, ...(signal === undefined ? {} : { signal }) };
  const statuses = await unitStatuses(connection, units, options);
  return instances.flatMap((planned, index) => {
    const status = statuses[index];
    return status === undefined ? [] : [{ planned, status }];
  });
}

/** The names of those that run. */
export async function runningOn(
  connection: Connection,
  instances: readonly PlannedInstance[],
): Promise<Set<InstanceName>> {
  const seen = await seeInstances(connection, instances);
  const running = seen.filter(({ status }) => status.state === "running");
  return new Set(running.map(({ planned }) => planned.instance.name));
}

/**
 * What every instance is, for a planner: all hosts at once, each within its connect timeout.
 * Throws an OperatorError (exit 130) when the operator interrupts.
 */
export async function observeInstances(ask: {
  context: CommandContext<unknown>;
  transport: Transport;
  hosts: readonly SelectedHost[];
}): Promise<Map<InstanceName, ObservedInstance>> {
  const { context, transport, hosts } = ask;
  const byHost = new Map<HostName, SelectedHost>(hosts.map(host => [host.target.name, host]));
  const answers = await askAll<SeenInstance[]>({
    context,
    targets: hosts.map(({ target }) => target),
    title: "looking at the instances",
    concurrency: hosts.length,
    ask: (target, signal) =>
      seeInstances(transport.connection(target), byHost.get(target.name)?.instances ?? [], signal),
  });
  return new Map(answers.flat().map(seen => [seen.planned.instance.name, observed(seen)]));
}

function observed({ status }: SeenInstance): ObservedInstance {
  return { state: status.state, identity: status.identity };
}
