import type { ContentPart } from "../plan/model.ts";

/** A name in CQL that keeps its capitals: in double quotes, those inside doubled. */
export function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** A text in CQL: in single quotes, those inside doubled. */
export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** A secret as a text in CQL. The executor of the statement doubles the quotes in the value when it fills it in. */
export function secretLiteral(name: string): readonly ContentPart[] {
  return ["'", { secret: name }, "'"];
}

/** Replicas by data centre as a replication map: `{'class': 'NetworkTopologyStrategy', 'DC0': 3}`. */
export function replicationMap(replicas: Readonly<Record<string, number>>): string {
  const centres = Object.entries(replicas).map(([name, count]) => `${literal(name)}: ${count}`);
  return `{${["'class': 'NetworkTopologyStrategy'", ...centres].join(", ")}}`;
}
