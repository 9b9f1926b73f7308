import { OperatorError } from "../../../base/operator-error.ts";
import type { PackageChange, RebootState, SeenChanges, SeenSystem } from "./model.ts";
import { readSections } from "./sections.ts";
import { parseSimulation, type SimulatedChange } from "./simulation.ts";

/** Reads the output of `lookScript`. Throws an OperatorError for anything else. */
export function parseSystem(output: string): SeenSystem {
  const { system, held, unfinished, reboot } = readSections(output, [
    "system",
    "held",
    "unfinished",
    "reboot",
  ]);
  return { system: onlyLine(system), held, unfinished, reboot: rebootOf(reboot) };
}

/** Reads the output of `rebootScript`. */
export function parseReboot(output: string): RebootState {
  return rebootOf(readSections(output, ["reboot"]).reboot);
}

/** All packages of a host with their versions, by the names that apt has for them. Held ones are left out. */
export function parseInstalled(output: string): { system: string; versions: ReadonlyMap<string, string> } {
  const { system, held, installed } = readSections(output, ["system", "held", "installed"]);
  const on = onlyLine(system);
  const native = on.split(" ").at(-1);
  const versions = installed.map(line => {
    const [name = "", architecture = "", version, ...more] = line.split(" ");
    if (version === undefined || more.length > 0) throw unread(line);
    const own = architecture === native || architecture === "all";
    return [own ? name : `${name}:${architecture}`, version] as const;
  });
  return { system: on, versions: new Map(versions.filter(([name]) => !held.includes(name))) };
}

/** Reads the output of `simulateScript`. Throws an OperatorError for anything else. */
export function parseChanges(output: string): SeenChanges {
  const parts = readSections(output, [
    "newer",
    "missing",
    "absent",
    "simulation",
    "offered",
    "automatic",
    "there",
    "files",
  ]);
  const { newer, missing, absent, automatic } = parts;
  const { changes, removed, keptBack } = parseSimulation(parts.simulation.join("\n"));
  const offered = new Set(parts.offered.map(nameAndVersion));
  const files = new Set(parts.files);
  const there = new Map(parts.there.map(architectureOf));
  return {
    changes: changes.map(change => {
      const was = there.get(change.name);
      return {
        ...change,
        was,
        automatic: change.from === undefined || automatic.includes(change.name),
        before: beforeOf({ ...change, architecture: was ?? change.architecture }, { offered, files }),
      };
    }),
    removed,
    keptBack,
    newer,
    missing,
    absent,
  };
}

/**
 * The same where apt was asked to go back to what a release kept: what that had changed, each from the version that was kept to the one
 * that is there. Throws an OperatorError where apt would bring something else by the way.
 */
export function parseKept(output: string): SeenChanges {
  const seen = parseChanges(output);
  const changes = seen.changes.map(change => {
    const { name, from, to, architecture, was = architecture } = change;
    if (from !== undefined)
      return { ...change, architecture: was, was: architecture, from: to, to: from, before: "file" as const };
    throw new OperatorError(`${name} ${to} would come along on the way back, and no release kept it`, {
      code: "PACKAGES_UNKNOWN",
    });
  });
  return { ...seen, changes };
}

/** The name of the file of a package, as apt writes it: `tiny_1%3a2.0_all.deb`. */
export function fileOf(
  { name, architecture }: Pick<PackageChange, "name" | "architecture">,
  version: string,
): string {
  const [plain = ""] = name.split(":");
  return `${plain}_${version.replaceAll(":", "%3a")}_${architecture}.deb`;
}

function beforeOf(
  change: SimulatedChange,
  { offered, files }: { offered: ReadonlySet<string>; files: ReadonlySet<string> },
): PackageChange["before"] {
  const { name, from } = change;
  if (from === undefined) return undefined;
  if (files.has(fileOf(change, from))) return "file";
  const [plain = ""] = name.split(":");
  return offered.has(`${plain} ${from}`) ? "repository" : undefined;
}

function rebootOf(lines: readonly string[]): RebootState {
  const values = new Map(lines.map(line => [line.split(" ", 1)[0] ?? "", line.split(" ")[1] ?? ""]));
  const running = values.get("running");
  if (running === undefined) throw unread(lines.join("; "));
  return { required: values.has("required"), running, newest: values.get("newest") };
}

/** Of `openssl 3.0.17-1 http://… bookworm/main amd64 Packages`. */
function nameAndVersion(line: string): string {
  const [name, version, ...source] = line.split(" ");
  if (name === undefined || version === undefined || source.length < 2) throw unread(line);
  return `${name} ${version}`;
}

/** Of `libc6:i386 i386`. */
function architectureOf(line: string): [name: string, architecture: string] {
  const [name, architecture, ...more] = line.split(" ");
  if (name === undefined || architecture === undefined || more.length > 0) throw unread(line);
  return [name, architecture];
}

function onlyLine(lines: readonly string[]): string {
  const [line, ...more] = lines;
  if (line === undefined || more.length > 0) throw unread(lines.join("; "));
  return line;
}

function unread(line: string): OperatorError {
  return new OperatorError(`the host says something of its packages that smc does not know: ${line}`, {
    code: "APT_UNREADABLE",
  });
}
