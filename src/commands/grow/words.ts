import type { HostName } from "../../base/names.ts";
import type { ObservedRing } from "../../cassandra/ring/model.ts";
import type { Instance } from "../../inventory/model.ts";
import type { Site } from "../load.ts";
import { selectInstances } from "../service-words.ts";

/** The nodes of the services file that the words name; without any, all. Throws an OperatorError (exit 2) for words that name none. */
export function namedNodes({ deployment }: Site, words: readonly string[]): Instance[] {
  return selectInstances(deployment, { service: "cassandra", hosts: words }, undefined);
}

/** Whether a host is a member of the ring, or on its way out; one that joins is none yet. */
export function isMember(ring: ObservedRing, host: HostName): boolean {
  return ring.nodes.some(node => node.host === host && node.mode !== "joining");
}
