import type { HostName } from "../base/names.ts";
import { admits, type HostRules } from "./model.ts";
import type { SeenFirewall } from "./observation.ts";
import { UNIT } from "./places.ts";
import { renderRules } from "./render.ts";

/** What a host has against what it should have. */
export interface FirewallState {
  host: HostName;
  state: "in force" | "differs" | "open" | "unknown";
  /** Lines that would go and come, with `-` and `+` before them. */
  changes: readonly string[];
  findings: readonly string[];
}

/** Compares the rules of a host with those that it should have. */
export function firewallState(
  wanted: HostRules,
  seen: SeenFirewall | { why: string } | undefined,
): FirewallState {
  const { host } = wanted;
  if (seen === undefined || "why" in seen)
    return { host, state: "unknown", changes: [], findings: [seen?.why ?? "not asked"] };
  const text = renderRules(wanted);
  const findings = [
    ...(seen.loaded === "otherwise" ? ["the table is not as it was confirmed"] : []),
    ...(seen.loaded === "not at all" && seen.rules !== undefined ? ["its rules are not loaded"] : []),
    ...(seen.rules !== undefined && !isKept(seen) ? ["its rules are not loaded at boot"] : []),
  ];
  const changes = lineChanges(seen.rules ?? "", text);
  if (seen.loaded === "not at all") return { host, state: "open", changes, findings };
  return { host, state: changes.length + findings.length === 0 ? "in force" : "differs", changes, findings };
}

/** Whether the rules are loaded at boot, by the unit of smc as it is now. */
export function isKept({ enabled, unit }: SeenFirewall): boolean {
  return enabled && unit === UNIT.content;
}

/** Why the rules would keep smc itself out; undefined where they do not. */
export function cutsOff(
  wanted: HostRules,
  seen: SeenFirewall | { why: string } | undefined,
): string | undefined {
  if (seen === undefined || "why" in seen || seen.ssh === undefined) return undefined;
  if (admits(wanted, seen.ssh)) return undefined;
  return `${wanted.host}: smc comes from ${seen.ssh.from} to port ${seen.ssh.port}, which the rules do not let in`;
}

/** The lines that only one of two texts has, in their order. */
function lineChanges(before: string, after: string): string[] {
  const [old, now] = [before, after].map(text => text.split("\n").map(line => line.trim()));
  const [had, has] = [new Set(old), new Set(now)];
  return [
    ...(old ?? []).filter(line => !has.has(line)).map(line => `- ${line}`),
    ...(now ?? []).filter(line => !had.has(line)).map(line => `+ ${line}`),
  ];
}
