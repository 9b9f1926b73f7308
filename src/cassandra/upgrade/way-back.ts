import type { HostName } from "../../base/names.ts";
import type { ObservedRing, RingNode } from "../ring/model.ts";
import { parseCassandraVersion, type CassandraVersion } from "../version.ts";
import type { KeptRelease } from "./kept.ts";
import { compareVersions, isMajorStep } from "./path.ts";
import { releaseOf, type HostFacts } from "./preflight.ts";
import { ringChanges, type RingChanges } from "./ring-changes.ts";
import { schemaChanges, type DatedSchema } from "./schema-changes.ts";

/** A node that is to go back, and the release that it comes from. */
export interface Returning {
  host: HostName;
  from: CassandraVersion;
  /** What it kept says where it comes from. */
  down: boolean;
}

/** What is known of the way back to a release. */
export interface WayBack {
  ring: ObservedRing;
  hosts: readonly HostFacts[];
  to: CassandraVersion;
  returning: readonly Returning[];
  /** The schema by the word of the nodes that go back; a `why` where one did not tell it. */
  schemas: readonly (DatedSchema | { why: string })[];
  /** What was made and changed since may be lost. */
  allowLoss: boolean;
}

/**
 * The nodes that are to go back to a release, in the order of the ring: those that are up with another one, and those that are
 * down and keep what they were with it: the release that others have heard of such a node last says nothing. One that only does not
 * answer may still serve.
 */
export function returningNodes(
  { nodes }: ObservedRing,
  hosts: readonly HostFacts[],
  to: CassandraVersion,
): Returning[] {
  return nodes.flatMap(node => {
    if (node.state === "unknown") return [];
    const down = node.state === "down";
    const from = down ? releaseKept(node, hosts) : releaseOf(node);
    return from === undefined || compareVersions(from, to) === 0 ? [] : [{ host: node.host, from, down }];
  });
}

/** Everything that keeps nodes from going back, beside what keeps a ring from any change; one line a problem. */
export function wayBackProblems(way: WayBack): string[] {
  const { returning, to, hosts } = way;
  const missing = returning.flatMap(node => {
    const kept = hosts.find(({ host }) => host === node.host)?.kept;
    if (kept === undefined) return [];
    if ("why" in kept) return [`${node.host}: what it kept cannot be told: ${kept.why}`];
    if (kept.some(({ to: came }) => came === node.from.text)) return [];
    return [
      `${node.host} keeps nothing of ${to.text}: it did not come to ${node.from.text} from there, or --finish has ended the way back`,
    ];
  });
  return missing.length > 0 ? missing : schemaProblems(way);
}

/** From line to line the schema goes back with the nodes. */
function schemaProblems({ ring, hosts, to, returning, schemas, allowLoss }: WayBack): string[] {
  if (!returning.some(({ from }) => isMajorStep(from, to))) return [];
  const unknown = schemas.flatMap(schema =>
    "why" in schema ? [`the schema cannot be told: ${schema.why}`] : [],
  );
  const kept = returning.flatMap(node =>
    keptOn(node, hosts).filter(({ to: came }) => came === node.from.text),
  );
  if (unknown.length > 0 || kept.length === 0) return unknown;
  const changed = ringChanges(ring, kept);
  const dated = schemas.flatMap(schema => ("why" in schema ? [] : [schema]));
  const { made, reshaped, altered, keyspaces, others } = schemaChanges(dated, kept);
  // A change of a table writes the row of its keyspace anew (SchemaKeyspace.makeCreateTableMutation and the like).
  const touched = [...made, ...altered, ...reshaped, ...others].map(keyspaceOf);
  const written = keyspaces.filter(name => !changed.keyspaces.includes(name) && !touched.includes(name));
  const lost = [
    ...told(made, "made since the upgrade, and lost by going back"),
    ...told(altered, "altered since the upgrade, and as before it by going back"),
    ...told(written, "made or altered since the upgrade, and as before it by going back"),
    ...told(others, "made or changed since the upgrade, and as before it by going back"),
  ].map(line => `${line}; --allow-loss goes on`);
  const unreadable = told(
    reshaped,
    `with columns that are not those of before the upgrade, so that ${to.text} could not read its files: keep the release, or take what it holds out of it and drop it`,
  );
  return [...ringProblems(changed), ...unreadable, ...(allowLoss ? [] : lost)];
}

/** What nodes that are put back one after the other would not agree upon, whatever may be lost. */
function ringProblems({ joined, left, keyspaces }: RingChanges): string[] {
  const stale = "what nodes kept tells of another ring: keep the release";
  return [
    ...told(joined, `in the ring since the upgrade, so that ${stale}`),
    ...told(
      left,
      `the ids of nodes that were in the ring before the upgrade and are not now, so that ${stale}`,
    ),
    ...told(
      keyspaces,
      "made or replicated in another way since the upgrade, so that nodes on their way would tell different keyspaces: set the replication back to what it was, or drop the keyspace, first",
    ),
  ];
}

/** Of `site.hub`, `site.hub (notes)` and `type site.address`. */
function keyspaceOf(name: string): string {
  return /(\w+)\./.exec(name)?.[1] ?? name;
}

function told(names: readonly string[], what: string): string[] {
  return names.length === 0 ? [] : [`${names.join(", ")}: ${what}`];
}

/** The newest release that the node went to, by what it kept. */
function releaseKept(
  node: Pick<RingNode, "host">,
  hosts: readonly HostFacts[],
): CassandraVersion | undefined {
  const last = keptOn(node, hosts).toSorted((one, other) => other.at - one.at)[0];
  return last === undefined ? undefined : parseCassandraVersion(last.to);
}

function keptOn({ host }: { host: HostName }, hosts: readonly HostFacts[]): readonly KeptRelease[] {
  const kept = hosts.find(facts => facts.host === host)?.kept;
  return kept === undefined || "why" in kept ? [] : kept;
}
