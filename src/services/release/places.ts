import { OperatorError } from "../../base/operator-error.ts";
import type { ServiceName } from "../../base/names.ts";
import type { PlannedInstance } from "../planners/planned-instance.ts";

/**
 * A folder of versions on one machine, and the instances that run from its `current`: they go to another version in one turn, one
 * after the other, and back together.
 */
export interface Place {
  /** `web1:/opt/smc/hub`; on `local`, where all hosts are one machine, the folder alone. */
  id: string;
  service: ServiceName;
  folder: string;
  /** The instance by which the folder is reached. */
  lead: PlannedInstance;
  instances: readonly PlannedInstance[];
}

/**
 * The places of instances, in their order. Throws an OperatorError for a service whose program smc does not bring, and for the database,
 * which has data to mind.
 */
export function placesOf(instances: readonly PlannedInstance[]): Place[] {
  const groups = Map.groupBy(instances, planned => placeId(planned));
  return [...groups].flatMap(([id, members]) => {
    const [lead] = members;
    if (lead === undefined) return [];
    return [{ id, service: lead.instance.service, folder: folderOf(lead), lead, instances: members }];
  });
}

function placeId(planned: PlannedInstance): string {
  const folder = folderOf(planned);
  return planned.target.kind === "local" ? folder : `${planned.host.name}:${folder}`;
}

function folderOf({ instance: { service }, rendered }: PlannedInstance): string {
  const { software } = rendered;
  if (rendered.ring !== undefined) {
    throw new OperatorError(`${service} has data to mind: it does not go to another version like a program`, {
      code: "USAGE",
      hint: `smc upgrade ${service} --to VERSION`,
    });
  }
  if (software.kind === "artefact") return software.folder;
  throw new OperatorError(`smc does not bring the program of ${service}: there is nothing to release`, {
    code: "RELEASE_NO_SOURCE",
    hint:
      software.kind === "packages"
        ? "what comes from packages is upgraded by apt: docs/release.md"
        : `give ${service} a \`source:\` in the services file, and let its command run from {software}`,
  });
}
