import { literal } from "../cql-text.ts";
import type { Keyspace } from "../ring/model.ts";
import { escapePattern, type Replicas } from "../setup.ts";
import type { Change, Evidence } from "./change.ts";

/** A keyspace that is not replicated as is wanted. */
export interface Difference {
  name: string;
  /** Absent: there is no such keyspace. */
  before: Keyspace | undefined;
  after: Replicas;
}

/** How a keyspace differs from what is wanted of it; nothing where it does not. */
export function differenceOf(keyspaces: readonly Keyspace[], name: string, after: Replicas): Difference[] {
  const before = keyspaces.find(keyspace => keyspace.name === name);
  return before?.replication.strategy === "network" && sameReplicas(before.replication.factors, after)
    ? []
    : [{ name, before, after }];
}

/** Whether two mean the same: no replica in a data centre is as good as none said. */
export function sameReplicas(one: Replicas, other: Replicas): boolean {
  const names = new Set([...Object.keys(one), ...Object.keys(other)]);
  return [...names].every(name => (one[name] ?? 0) === (other[name] ?? 0));
}

/** What all changes of the replication of one keyspace have in common. */
export function describeDifference({
  name,
  before,
  after,
}: Difference): Pick<Change, "kind" | "subject" | "before" | "after" | "done" | "asOwnSuperuser"> {
  return {
    kind: "change",
    subject: `keyspace ${name}`,
    before: describeKeyspace(before),
    after: describeFactors(after),
    done: replicatedExactly(name, after),
    asOwnSuperuser: false,
  };
}

/** `DC0: 3, DC1: 2` */
export function describeFactors(replicas: Replicas): string {
  return Object.entries(present(replicas))
    .map(([name, count]) => `${name}: ${count}`)
    .join(", ");
}

/** Without the data centres that have none. */
export function present(replicas: Replicas): Replicas {
  return Object.fromEntries(Object.entries(replicas).filter(([, count]) => count > 0));
}

/** The rows that show that a keyspace has these replicas and no others; the driver gives the map in the order of its keys. */
export function replicatedExactly(keyspace: string, replicas: Replicas): Evidence {
  const entries = Object.entries(present(replicas));
  const each = entries.map(([name, count]) => `(?=.*${escapePattern(JSON.stringify(name))}:"${count}")`);
  return {
    query: `SELECT replication FROM system_schema.keyspaces WHERE keyspace_name = ${literal(keyspace)}`,
    rows: `(?=.*NetworkTopologyStrategy)${each.join("")}.*\\{(?:"[^"]*":"[^"]*",?){${entries.length + 1}}\\}`,
  };
}

function describeKeyspace(keyspace: Keyspace | undefined): string {
  if (keyspace === undefined) return "absent";
  const { replication } = keyspace;
  if (replication.strategy === "simple") return `${replication.factor} anywhere`;
  return replication.strategy === "network" ? describeFactors(replication.factors) : "every node by itself";
}
