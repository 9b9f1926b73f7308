import { ExitCode } from "../../base/exit-code.ts";
import { foldNames } from "../../base/host-ranges.ts";
import type { HostName } from "../../base/names.ts";
import { OperatorError } from "../../base/operator-error.ts";
import { repairWaves } from "../../cassandra/repair/repair-waves.ts";
import { repairJobs, type RepairJob, type RepairScope } from "../../cassandra/repair/segments.ts";
import type { HostId, ObservedRing, RingNode } from "../../cassandra/ring/model.ts";
import { describeMixture } from "../../cassandra/upgrade/mixture.ts";

/** What is to be repaired. */
export interface RepairWish extends RepairScope {
  /** `KEYSPACE` or `KEYSPACE.TABLE`; every keyspace that is kept more than once without any. */
  words: readonly string[];
  mode: "full" | "incremental";
  /** Jobs at a time, at most. */
  width: number;
  /** The share of the time in which nodes are at work for it, above 0 and at most 1: after each command they are left in peace for the rest. */
  intensity: number;
  /** What the ledger has since then is left out; absent: since now. */
  since: Date | undefined;
}

/** A job with its hosts by their names in the services file. */
export interface DecidedJob extends RepairJob {
  /** All when there are none. */
  tables: readonly string[];
  host: HostName;
  hosts: readonly HostName[];
  /** Its number among the jobs of the keyspace, from 1, and how many those are. */
  number: number;
  of: number;
}

/** The jobs of a repair: those of one wave may run at the same time. */
export interface RepairDecision {
  ring: ObservedRing;
  /** The release of every node; undefined where nobody said. */
  release: string | undefined;
  waves: readonly (readonly DecidedJob[])[];
}

/**
 * Decides the jobs of a repair. Throws an OperatorError for keyspaces and data centres that the ring has not (exit 2), and when a
 * node that would take part is not up, nodes come or go, or releases are mixed (exit 3).
 */
export function decideRepair(ring: ObservedRing, wish: RepairWish): RepairDecision {
  refuseUnknownCentres(ring, wish.dataCentres);
  const targets = targetsOf(ring, wish.words);
  const jobs = ring.keyspaces.flatMap(keyspace =>
    targets.has(keyspace.name) ? repairJobs(ring, keyspace, wish) : [],
  );
  refuseEmpty(jobs, targets, wish);
  refuseMovement(ring);
  refuseMixed(ring);
  refuseAway(ring, jobs);
  const hosts = new Map(ring.nodes.map(({ id, host }) => [id, host]));
  const numbers = numbered(jobs);
  const decided = (job: RepairJob): DecidedJob => ({
    ...job,
    ...(numbers.get(job) ?? { number: 1, of: 1 }),
    tables: targets.get(job.keyspace) ?? [],
    host: hosts.get(job.node) ?? job.node,
    hosts: job.replicas.map(id => hosts.get(id) ?? id),
  });
  return {
    ring,
    release: ring.nodes.find(({ release }) => release !== undefined)?.release,
    waves: repairWaves(jobs, wish.width).map(wave => wave.map(decided)),
  };
}

/** The tables that are asked for by keyspace; none stands for all of them. */
function targetsOf(ring: ObservedRing, words: readonly string[]): Map<string, readonly string[]> {
  const shared = ring.keyspaces.filter(({ replication }) => replication.strategy !== "local");
  if (words.length === 0) return new Map(shared.map(({ name }) => [name, []]));
  const asked = words.map(word => word.split(".", 2));
  const unknown = asked.map(([name = ""]) => name).filter(name => !shared.some(known => known.name === name));
  if (unknown.length > 0) {
    throw new OperatorError(`the ring has no keyspace ${unknown.join(", ")} to repair`, {
      code: "KEYSPACE_UNKNOWN",
      hint: `it has ${shared.map(({ name }) => name).join(", ")}`,
    });
  }
  const byKeyspace = Map.groupBy(asked, ([name = ""]) => name);
  return new Map(
    [...byKeyspace].map(([name, group]) => {
      const whole = group.some(([, table]) => table === undefined || table === "");
      return [name, whole ? [] : [...new Set(group.map(([, table = ""]) => table))].sort()];
    }),
  );
}

function numbered(jobs: readonly RepairJob[]): Map<RepairJob, { number: number; of: number }> {
  const byKeyspace = Map.groupBy(jobs, ({ keyspace }) => keyspace);
  return new Map(
    [...byKeyspace.values()].flatMap(group =>
      group.map((job, index) => [job, { number: index + 1, of: group.length }] as const),
    ),
  );
}

function refuseUnknownCentres({ nodes }: ObservedRing, names: readonly string[]): void {
  const known = [...new Set(nodes.map(({ dc }) => dc))].sort();
  const unknown = names.filter(name => !known.includes(name));
  if (unknown.length === 0) return;
  throw new OperatorError(`the ring has no data centre ${unknown.join(", ")}`, {
    code: "DATA_CENTRE_UNKNOWN",
    hint: `its data centres are ${known.join(", ")}`,
  });
}

/** A keyspace that was named and has nothing to compare is a misunderstanding. */
function refuseEmpty(
  jobs: readonly RepairJob[],
  targets: ReadonlyMap<string, unknown>,
  { words, dataCentres }: RepairWish,
): void {
  const repaired = new Set(jobs.map(({ keyspace }) => keyspace));
  const empty = [...targets.keys()].filter(name => !repaired.has(name));
  if (empty.length === 0 || (words.length === 0 && jobs.length > 0)) return;
  const where = dataCentres.length === 0 ? "" : ` in ${dataCentres.join(", ")}`;
  throw new OperatorError(`${empty.join(", ")} has no second replica${where} to be compared with`, {
    code: "NOTHING_TO_REPAIR",
    hint: "smc ring  shows how keyspaces are replicated",
  });
}

function refuseMovement({ nodes }: ObservedRing): void {
  const moving = nodes.filter(({ mode }) => mode !== "normal");
  if (moving.length === 0) return;
  throw refusal("RING_CHANGES", "the ring is changing: what is repaired now would belong to others soon", {
    details: moving.map(({ host, mode }) => `${host} is ${mode}`),
    hint: "wait until smc ring shows every node as normal",
  });
}

/** Nodes of different releases may not stream what the other can read; an upgrade is to be finished first. */
function refuseMixed({ nodes }: ObservedRing): void {
  const details = describeMixture({ nodes });
  if (details.length === 0) return;
  throw refusal("RELEASES_MIXED", "releases are mixed: nothing is repaired before all nodes have the same", {
    details,
    hint: "finish the upgrade first: smc upgrade cassandra --to VERSION",
  });
}

function refuseAway({ nodes }: ObservedRing, jobs: readonly RepairJob[]): void {
  const taking = new Set<HostId>(jobs.flatMap(({ replicas }) => replicas));
  const away = nodes.filter(({ id, state }) => state !== "up" && taking.has(id));
  if (away.length === 0) return;
  const names = namesOf(away);
  throw refusal(
    "NODE_AWAY",
    `${names} would have to take part and ${away.length === 1 ? "is" : "are"} not up`,
    {
      details: away.map(({ host, state }) => `${host} is ${state}`),
      hint: `bring it back first: smc start cassandra ${names}`,
    },
  );
}

function refusal(
  code: string,
  message: string,
  words: { details: readonly string[]; hint: string },
): OperatorError {
  return new OperatorError(`${message}: nothing was touched`, { code, exit: ExitCode.Refused, ...words });
}

function namesOf(nodes: readonly RingNode[]): string {
  return foldNames(nodes.map(({ host }) => host));
}
