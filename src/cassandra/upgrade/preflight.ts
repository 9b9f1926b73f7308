import { foldNames } from "../../base/host-ranges.ts";
import type { HostName } from "../../base/names.ts";
import { formatSize, type Bytes } from "../../base/units.ts";
import type { ObservedRing, RingNode } from "../ring/model.ts";
import { isAtLeast, parseCassandraVersion, type CassandraVersion } from "../version.ts";
import type { KeptRelease } from "./kept.ts";
import { backProblem, compareVersions, pathProblem } from "./path.ts";
import { formatProblems, type FormatCount } from "./sstables.ts";

/** What was found on the host of a node. A `why` stands for what nobody could tell. */
export interface HostFacts {
  host: HostName;
  /** The feature release of the Java that the node would run with: 17. */
  java: number | { why: string };
  formats: readonly FormatCount[] | { why: string };
  /** Free for the account that runs the node, where the tables are and where the software goes. */
  free: { data: Bytes; software: Bytes } | { why: string };
  /** What the node streams, repairs or validates now; nothing where it is not up. */
  busy: readonly string[] | { why: string };
  /** What it keeps of itself as it was with the release that is asked about. */
  kept: readonly KeptRelease[] | { why: string };
}

/** What is to be decided upon. */
export interface UpgradeQuestion {
  ring: ObservedRing;
  hosts: readonly HostFacts[];
  to: CassandraVersion;
  /** `back`: to a release that the nodes come from, as long as they kept what they were. */
  direction: "up" | "back";
  /** The keys of `config:` that the new release does not take, each explained. */
  config: readonly string[];
  /** Nodes that need not be up: they are brought back by this. */
  mayBeDown?: readonly HostName[];
}

/** Links, and what is flushed before: little, and a disk with less than this has other worries. */
const LEAST_FOR_SNAPSHOT: Bytes = 256 * 1024 ** 2;
/** The archive and what it holds, both for a moment. */
const LEAST_FOR_SOFTWARE: Bytes = 512 * 1024 ** 2;
/** The feature releases of Java that each line runs on with the options that smc gives it; upstream names 11 and 17. */
const JAVA: readonly (readonly [since: string, from: number, upTo: number])[] = [
  ["4.1", 11, 17],
  ["4.0", 11, 11],
];

/** Everything that keeps a ring from going to a release, one line a problem; empty when nothing does. */
export function upgradeProblems(question: UpgradeQuestion): string[] {
  const { ring, hosts, to, direction, config, mayBeDown = [] } = question;
  return [
    ...pathProblems(ring, to, direction),
    ...ringProblems(ring.nodes.filter(({ host }) => !mayBeDown.includes(host))),
    ...hosts.flatMap(facts => hostProblems(facts, to)),
    ...config,
  ];
}

/** What every upgrade of a ring needs of it: all nodes up and in their places, of known releases, with one schema a line. */
function ringProblems(nodes: readonly RingNode[]): string[] {
  const named = (what: string, group: readonly RingNode[]): string[] =>
    group.length === 0 ? [] : [`${namesOf(group)} ${group.length === 1 ? "is" : "are"} ${what}`];
  return [
    ...named(
      "not up",
      nodes.filter(({ state }) => state !== "up"),
    ),
    ...nodes.filter(({ mode }) => mode !== "normal").map(({ host, mode }) => `${host} is ${mode}`),
    ...named(
      "of an unknown release",
      nodes.filter(node => releaseOf(node) === undefined),
    ),
    ...schemaProblems(nodes),
  ];
}

/** The nodes that are not at a release yet, in the order of the ring. */
export function nodesBefore({ nodes }: ObservedRing, to: CassandraVersion): readonly RingNode[] {
  return nodes.filter(node => {
    const release = releaseOf(node);
    return release === undefined || compareVersions(release, to) !== 0;
  });
}

/** The release of a node as its parts; undefined where nobody said. */
export function releaseOf({ release }: RingNode): CassandraVersion | undefined {
  return release === undefined ? undefined : parseCassandraVersion(release);
}

function pathProblems({ nodes }: ObservedRing, to: CassandraVersion, direction: "up" | "back"): string[] {
  const problemOf = direction === "up" ? pathProblem : backProblem;
  return [...Map.groupBy(nodes, ({ release }) => release)].flatMap(([, group]) => {
    const [first] = group;
    const from = first === undefined ? undefined : releaseOf(first);
    const problem = from === undefined ? undefined : problemOf(from, to);
    return problem === undefined ? [] : [`${namesOf(group)}: ${problem}`];
  });
}

/** Two majors never have the same schema version (their own tables differ), the nodes of one always do. */
function schemaProblems(nodes: readonly RingNode[]): string[] {
  return [...Map.groupBy(nodes, node => releaseOf(node)?.major)].flatMap(([, group]) => {
    const bySchema = [...Map.groupBy(group, ({ schema }) => schema).values()];
    if (bySchema.length < 2) return [];
    return [`the schema differs within a release: ${bySchema.map(namesOf).join(" against ")}`];
  });
}

function hostProblems({ host, java, formats, free, busy }: HostFacts, to: CassandraVersion): string[] {
  const problems = [
    ...(typeof java === "number" ? javaProblems(java, to) : unknown("Java", java)),
    ...("why" in formats ? unknown("the files of the tables", formats) : formatProblems(formats, to)),
    ...("why" in free ? unknown("the free space", free) : spaceProblems(free)),
    ...("why" in busy
      ? unknown("what it is busy with", busy)
      : busy.map(what => `${what}: wait for its end`)),
  ];
  return problems.map(problem => `${host}: ${problem}`);
}

function unknown(what: string, { why }: { why: string }): string[] {
  return [`${what} cannot be told: ${why}`];
}

function javaProblems(found: number, to: CassandraVersion): string[] {
  const [, from, upTo] = JAVA.find(([since]) => isAtLeast(to, since)) ?? ["", 8, 8];
  if (found >= from && found <= upTo) return [];
  const range = from === upTo ? String(from) : `${from} to ${upTo}`;
  return [`Java ${found} is there, ${to.text} needs ${range}: apt-get install openjdk-${upTo}-jre-headless`];
}

function spaceProblems({ data, software }: { data: Bytes; software: Bytes }): string[] {
  const short = (what: string, there: Bytes, needed: Bytes): string[] =>
    there >= needed ? [] : [`${formatSize(there)} are free for ${what}, ${formatSize(needed)} are needed`];
  return [
    ...short("the snapshot", data, LEAST_FOR_SNAPSHOT),
    ...short("the software", software, LEAST_FOR_SOFTWARE),
  ];
}

function namesOf(nodes: readonly RingNode[]): string {
  return foldNames(nodes.map(({ host }) => host));
}
