import { seriesOf, type CassandraVersion } from "../version.ts";

/** Where one step of an upgrade may lead from a series, and the first release of it from which it may. */
interface Leap {
  to: readonly string[];
  /** The lowest patch that the leap may begin with. */
  least?: number;
  /** What says so. */
  source: string;
}

/** The release lines, oldest first. */
const SERIES = ["1.2", "2.0", "2.1", "2.2", "3.0", "3.11", "4.0", "4.1", "5.0"] as const;

/**
 * The leaps from one line to another that Cassandra's NEWS.txt allows, by the section "Upgrading" of the release that is named.
 * Everything else goes in several steps, with upgradesstables before each.
 */
const LEAPS: Readonly<Record<string, Leap>> = {
  "1.2": { to: ["2.0"], least: 9, source: "NEWS.txt, 2.0.0" },
  "2.0": { to: ["2.1"], least: 7, source: "NEWS.txt, 2.1" },
  "2.1": { to: ["2.2", "3.0", "3.11"], least: 9, source: "NEWS.txt, 3.0" },
  "2.2": { to: ["3.0", "3.11"], least: 2, source: "NEWS.txt, 3.0" },
  "3.0": { to: ["3.11", "4.0", "4.1"], source: "NEWS.txt, 4.0" },
  "3.11": { to: ["4.0", "4.1"], source: "NEWS.txt, 4.0" },
  "4.0": { to: ["4.1", "5.0"], source: "NEWS.txt, 5.0" },
  "4.1": { to: ["5.0"], source: "NEWS.txt, 5.0" },
};

/** Whether the two lines differ in what they write: the older one does not read all of the newer one's own tables. */
export function isMajorStep(from: CassandraVersion, to: CassandraVersion): boolean {
  return from.major !== to.major;
}

/** Below, at or above zero as `one` is older than, as old as or newer than `other`. */
export function compareVersions(one: CassandraVersion, other: CassandraVersion): number {
  return one.major - other.major || one.minor - other.minor || one.patch - other.patch;
}

/** Why nodes may not go from one release to another; undefined when they may, or have nothing to go. */
export function pathProblem(from: CassandraVersion, to: CassandraVersion): string | undefined {
  const direction = compareVersions(from, to);
  if (direction === 0) return undefined;
  const step = `${from.text} → ${to.text}`;
  if (direction > 0)
    return `${step} is no upgrade: an older release does not read what a newer one wrote; --rollback goes back as far as that is possible`;
  if (seriesOf(from) === seriesOf(to)) return undefined;
  const way = wayBetween(seriesOf(from), seriesOf(to));
  if (way === undefined) return `${step}: smc knows no way from ${seriesOf(from)} to ${seriesOf(to)}`;
  if (way.length > 2)
    return `${step} is no single step: go ${way.join(" → ")}, with smc upgrade cassandra --finish after each (${LEAPS[way.at(-2) ?? ""]?.source})`;
  const { least = 0, source = "" } = LEAPS[seriesOf(from)] ?? {};
  if (from.patch >= least) return undefined;
  return `${step}: it begins with ${seriesOf(from)}.${least} or later (${source}): upgrade to that first`;
}

/** Why nodes may not go back from one release to another; what they kept and their files are looked at elsewhere. */
export function backProblem(from: CassandraVersion, to: CassandraVersion): string | undefined {
  return compareVersions(from, to) >= 0
    ? undefined
    : `${from.text} → ${to.text} is no way back: leave out --rollback`;
}

/** The shortest way over the lines; of equally short ones that over the newest. */
function wayBetween(from: string, to: string): readonly string[] | undefined {
  let ways: readonly (readonly string[])[] = [[from]];
  while (ways.length > 0) {
    const there = ways.find(way => way.at(-1) === to);
    if (there !== undefined) return there;
    ways = ways
      .flatMap(way => (LEAPS[way.at(-1) ?? ""]?.to ?? []).map(next => [...way, next]))
      .toSorted((one, other) => rank(other) - rank(one));
  }
  return undefined;
}

function rank(way: readonly string[]): number {
  return SERIES.findIndex(series => series === way.at(-1));
}
