import { foldNames } from "../../base/host-ranges.ts";
import type { RingNode } from "../ring/model.ts";

/** Which nodes run what, where they do not all run the same release; empty where they do. Nodes of which nobody says it are left out. */
export function describeMixture({
  nodes,
}: {
  nodes: readonly Pick<RingNode, "host" | "release">[];
}): string[] {
  const known = nodes.filter(({ release }) => release !== undefined);
  const byRelease = Map.groupBy(known, ({ release }) => release);
  if (byRelease.size < 2) return [];
  return [...byRelease].map(([release, group]) => `${release}: ${foldNames(group.map(({ host }) => host))}`);
}
