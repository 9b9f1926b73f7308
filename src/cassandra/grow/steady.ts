import { foldNames } from "../../base/host-ranges.ts";
import type { HostName } from "../../base/names.ts";
import type { ObservedRing } from "../ring/model.ts";
import { schemaGroups } from "../ring/schema-groups.ts";
import { describeMixture } from "../upgrade/mixture.ts";

/**
 * What keeps the members of a ring from being changed now, one line each: a node away or on its way, releases that are mixed, a
 * schema that is not agreed upon. Nothing is asked of the nodes in `except`, which are those in question themselves.
 */
export function unsteadiness(ring: ObservedRing, except: readonly HostName[] = []): string[] {
  const nodes = ring.nodes.filter(({ host }) => !except.includes(host));
  const away = nodes.filter(({ state }) => state !== "up");
  const mixture = describeMixture({ nodes });
  const moving = nodes.filter(({ mode }) => mode !== "normal");
  return [
    ...away.map(({ host, state }) => `${host} is ${state === "down" ? "down" : "not known to be up"}`),
    ...moving.map(({ host, mode }) => `${host} is ${mode}`),
    ...mixture.slice(0, 1).map(() => `releases are mixed: ${mixture.join("; ")}`),
    ...schemaDifferences({ ...ring, nodes }),
  ];
}

function schemaDifferences(ring: ObservedRing): string[] {
  const differing = schemaGroups(ring).filter(({ differ }) => differ);
  if (differing.length === 0) return [];
  return [`the schema differs: ${differing.map(({ hosts }) => foldNames(hosts)).join(" against ")}`];
}
