import { OperatorError } from "../../../base/operator-error.ts";

/** A package that apt would unpack. */
export interface SimulatedChange {
  name: string;
  architecture: string;
  from: string | undefined;
  to: string;
}

/** What `apt-get --simulate` says that it would do. */
export interface Simulation {
  changes: readonly SimulatedChange[];
  removed: readonly string[];
  keptBack: readonly string[];
}

/** `Inst libssl3 [3.0.17-1] (3.0.18-1 Debian:12.12/oldstable [amd64]) [openssl:amd64 ]`; packages that are broken meanwhile come last. */
const INST = /^Inst (\S+)(?: \[([^\]\s]+)\])? \((\S+) [^[\]]*\[([a-z0-9-]+)\]\)(?: \[[^\]]*\])*$/;
const REMV = /^Remv (\S+) \[[^\]]+\](?: \[[^\]]*\])*$/;
const CONF = /^Conf \S+ \(\S+ [^[\]]*\[[a-z0-9-]+\]\)(?: \[[^\]]*\])*$/;
const SUMMARY =
  /^(\d+) upgraded, (\d+) newly installed, (?:\d+ reinstalled, )?(?:(\d+) downgraded, )?(\d+) to remove and (\d+) not upgraded\.$/;

/** apt's own lists that are of packages left as they are. */
const KEPT_BACK = [
  "The following packages have been kept back:",
  "The following upgrades have been deferred due to phasing:",
];
/** Lists that say again, by names alone, what the lines of the simulation say, or that say nothing of what would be done. */
const OTHER_LISTS = [
  "The following packages will be upgraded:",
  "The following NEW packages will be installed:",
  "The following additional packages will be installed:",
  "The following packages will be REMOVED:",
  "The following packages will be DOWNGRADED:",
  "The following held packages will be changed:",
  "The following package was automatically installed and is no longer required:",
  "The following packages were automatically installed and are no longer required:",
  "Suggested packages:",
  "Recommended packages:",
];
const TALK = [
  /^(Reading package lists|Building dependency tree|Reading state information|Calculating upgrade)\.\.\.( Done)?$/,
  /^Some packages may have been kept back due to phasing\.$/,
  /^NOTE: This is only a simulation!$/,
  /^Use '.*apt autoremove' to remove (it|them)\.$/,
  /^\S+ is already the newest version \(\S+\)\.$/,
  /^Selected version '\S+' \(.*\) for '\S+'( because of '\S+')?$/,
  /^\d+ not fully installed or removed\.$/,
];

/**
 * Reads what `apt-get --simulate --quiet` of Debian 12 and later or Ubuntu prints in the C locale. Throws an OperatorError with the line
 * that is of no known form, and where the lines are not as many as apt itself counts.
 */
export function parseSimulation(output: string): Simulation {
  const lines = output.split("\n").filter(line => line !== "");
  const changes: SimulatedChange[] = [];
  const removed: string[] = [];
  const keptBack: string[] = [];
  let list: string[] | undefined;
  let counts: RegExpExecArray | undefined;
  for (const line of lines) {
    if (line.startsWith("  ")) {
      if (list === undefined) throw unread(line);
      list.push(...line.trim().split(/\s+/));
      continue;
    }
    list = listOf(line, keptBack);
    if (list !== undefined) continue;
    const inst = INST.exec(line);
    if (inst !== null) changes.push(changeOf(inst));
    else if (line.startsWith("Remv ")) removed.push(nameOf(line));
    else if (SUMMARY.test(line)) counts = SUMMARY.exec(line) ?? undefined;
    else if (!CONF.test(line) && !TALK.some(known => known.test(line))) throw unread(line);
  }
  requireCounts(counts, { changes, removed, keptBack });
  return { changes, removed, keptBack };
}

/** The list that a heading begins. */
function listOf(line: string, keptBack: string[]): string[] | undefined {
  if (KEPT_BACK.includes(line)) return keptBack;
  return OTHER_LISTS.includes(line) ? [] : undefined;
}

function changeOf([, name = "", from, to = "", architecture = ""]: RegExpExecArray): SimulatedChange {
  return { name, architecture, from, to };
}

function nameOf(line: string): string {
  const [, name] = REMV.exec(line) ?? [];
  if (name === undefined) throw unread(line);
  return name;
}

/** A row that was dropped would be a package that goes without anybody having read of it. */
function requireCounts(counts: RegExpExecArray | undefined, read: Simulation): void {
  if (counts === undefined) throw unread("(no line that counts what would be done)");
  const [line, upgraded, added, downgraded = "0", gone] = counts;
  const installed = read.changes.filter(({ from }) => from === undefined).length;
  const right =
    read.changes.length - installed === Number(upgraded) + Number(downgraded) &&
    installed === Number(added) &&
    read.removed.length === Number(gone);
  if (!right) throw unread(`${line} (${read.changes.length} and ${read.removed.length} were read)`);
}

function unread(line: string): OperatorError {
  return new OperatorError(`apt-get says something that smc does not know: ${line}`, {
    code: "APT_UNREADABLE",
    hint: "say what apt-get --simulate printed there",
  });
}
