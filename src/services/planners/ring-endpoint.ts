import type { CqlEndpoint } from "../../plan/model.ts";
import type { PlannedInstance } from "./planned-instance.ts";

/** Where an administrator talks CQL to this node and no other. */
export function endpointOf({ rendered, instance }: PlannedInstance): CqlEndpoint {
  if (rendered.ring?.kind !== "ring") throw new Error(`${instance.name} is no node of a ring`);
  return rendered.ring.endpoint;
}
