import { StatusExitCode, type ExitCode } from "../../base/exit-code.ts";
import type { HostName } from "../../base/names.ts";
import { OperatorError } from "../../base/operator-error.ts";
import { censusProblems } from "../../cassandra/ring/census.ts";
import { ringToJson } from "../../cassandra/ring/json.ts";
import { lossOf, type Loss } from "../../cassandra/ring/loss.ts";
import type { HostId, Keyspace, ObservedRing } from "../../cassandra/ring/model.ts";
import { nodesAway } from "../../cassandra/ring/quorum.ts";
import { ownership } from "../../cassandra/ring/ownership.ts";
import type { Deployment, Host } from "../../inventory/model.ts";
import { select } from "../../inventory/selection.ts";
import { expectedNodes } from "../../services/cassandra/ring.ts";
import type { RingRule } from "../../services/planners/ring-rule.ts";
import type { LiveRing } from "./observe.ts";
import { schemaGroups, type SchemaGroup } from "../../cassandra/ring/schema-groups.ts";

/** Everything that `smc ring` says. */
export interface RingReport {
  seen: LiveRing;
  /** How the ring and the services file differ. */
  census: readonly string[];
  schemas: readonly SchemaGroup[];
  /** The keyspace of the shares, if one was asked for. */
  keyspace: string | undefined;
  shares: ReadonlyMap<HostId, number>;
  /** What cannot be served now. */
  lost: readonly Loss[];
  ifDown: { hosts: readonly HostName[]; lost: readonly Loss[] } | undefined;
}

/** Puts the report together. Throws an OperatorError (exit 2) for a keyspace or hosts that the ring has not. */
export function reportOf(words: {
  seen: LiveRing;
  rule: RingRule;
  deployment: Deployment;
  keyspace?: string;
  ifDown?: readonly string[];
}): RingReport {
  const { seen, rule, deployment, keyspace, ifDown } = words;
  const { ring } = seen;
  const down = nodesAway(ring);
  return {
    seen,
    census: censusProblems(ring, expectedNodes(deployment)),
    schemas: schemaGroups(ring),
    keyspace,
    shares: ownership(ring, keyspace === undefined ? undefined : keyspaceOf(ring, keyspace)),
    lost: lossOf(rule, down),
    ifDown: ifDown === undefined ? undefined : lossWithout(rule, down, ifDown),
  };
}

/** The exit code: `--if-down` answers its own question; without it, how the ring is. */
export function statusOf({ seen, census, schemas, lost, ifDown }: RingReport): ExitCode {
  const { ring, disagreements } = seen;
  const unclear = disagreements.length > 0 || census.length > 0;
  if (ifDown !== undefined) {
    return unclear || ifDown.lost.length > 0 ? StatusExitCode.NotAllRunning : StatusExitCode.AllRunning;
  }
  if (ring.nodes.some(({ state }) => state === "unknown")) return StatusExitCode.Unreachable;
  const allWell = ring.nodes.every(({ state, mode }) => state === "up" && mode === "normal");
  const agreed = schemas.every(({ differ }) => !differ);
  return allWell && agreed && !unclear && lost.length === 0
    ? StatusExitCode.AllRunning
    : StatusExitCode.NotAllRunning;
}

/** One versioned object for scripts. Shares from 0 to 1; hosts by name. */
export function reportToJson({ seen, shares, keyspace, census, schemas, lost, ifDown }: RingReport): object {
  const { ring, opinions, disagreements, silent } = seen;
  const names = ring.nodes.map(({ id, host }) => [host, shares.get(id) ?? 0]);
  return {
    version: 1,
    ring: ringToJson(ring),
    ownership: { keyspace: keyspace ?? null, shares: Object.fromEntries(names) },
    schemas: schemas.map(({ schema, release, hosts }) => ({ schema, release, hosts })),
    opinions,
    disagreements,
    census,
    notAsked: silent,
    lost,
    ...(ifDown === undefined ? {} : { ifDown }),
  };
}

function keyspaceOf(ring: ObservedRing, name: string): Keyspace {
  const found = ring.keyspaces.find(keyspace => keyspace.name === name);
  if (found !== undefined) return found;
  throw new OperatorError(`the ring has no keyspace ${name}`, {
    code: "KEYSPACE_UNKNOWN",
    hint: `its keyspaces are ${ring.keyspaces.map(keyspace => keyspace.name).join(", ")}`,
  });
}

/** The hosts of the ring by the words of a selection; a data centre or a rack is a group of them. */
function lossWithout(
  rule: RingRule,
  down: ReadonlySet<HostId>,
  words: readonly string[],
): NonNullable<RingReport["ifDown"]> {
  const { nodes } = rule.ring;
  const selectable = nodes.map(
    ({ host, dc, rack }): [HostName, Pick<Host, "name" | "kind" | "role" | "tags" | "dc">] => [
      host,
      { name: host, kind: "vm", role: undefined, tags: [rack], dc },
    ],
  );
  const hosts = select(new Map(selectable), words).map(({ name }) => name);
  const stopping = nodes.filter(({ host }) => hosts.includes(host)).map(({ id }) => id);
  return { hosts, lost: lossOf(rule, new Set([...down, ...stopping])) };
}
