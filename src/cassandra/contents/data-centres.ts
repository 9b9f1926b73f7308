import { closest } from "../../base/suggest.ts";
import type { Replicas } from "../setup.ts";

/** Why a keyspace cannot have these replicas in a ring with so many nodes by data centre; empty where it can. */
export function placementProblems(keyspace: string, wanted: Replicas, nodes: Replicas): string[] {
  const counts = Object.entries(wanted);
  if (counts.every(([, count]) => count === 0)) return [`${keyspace}: it would have no replica anywhere`];
  return counts.flatMap(([name, count]) => {
    const there = nodes[name];
    if (there === undefined)
      return [`${keyspace}: the ring has no data centre ${name}${suggestion(name, nodes)}`];
    if (count <= there) return [];
    return [
      `${keyspace}: ${count} replicas in ${name}, which has ${there} ${there === 1 ? "node" : "nodes"}`,
    ];
  });
}

function suggestion(name: string, nodes: Replicas): string {
  const names = Object.keys(nodes);
  const near = closest(name, names);
  return near === undefined ? `; it has ${names.join(", ")}` : `; did you mean ${near}?`;
}
