import { ExitCode, StatusExitCode } from "../../base/exit-code.ts";
import { planApply, type FirewallRequest } from "../../firewall/plan-apply.ts";
import { renderRules } from "../../firewall/render.ts";
import { firewallState, type FirewallState } from "../../firewall/state.ts";
import { renderTable } from "../../report/table.ts";
import { confirm } from "../confirm.ts";
import { executePlan } from "../execute.ts";
import type { CommandContext } from "../model.ts";
import { printPlan } from "../print-plan.ts";
import { onFirewalls, refuseCut } from "./observe.ts";

/** `smc firewall plan [HOST…]`: the rules of each host, and what differs from those that it has. */
export function showFirewall(context: CommandContext<unknown>, words: readonly string[]): Promise<ExitCode> {
  return onFirewalls(context, words, ({ request }) => {
    const { stdout } = context.io;
    const states = statesOf(request);
    if (context.global.json)
      stdout.write(`${JSON.stringify({ version: 1, hosts: withRules(request, states) })}\n`);
    else stdout.write(withRules(request, states).map(toText).join("\n"));
    refuseCut(request);
    return Promise.resolve(ExitCode.Done);
  });
}

/** `smc firewall apply [HOST…]`: puts the rules in force; a host that smc cannot reach afterwards puts the old ones back. */
export function applyFirewall(context: CommandContext<unknown>, words: readonly string[]): Promise<ExitCode> {
  return onFirewalls(context, words, async ({ site, transport, request }) => {
    refuseCut(request);
    const plan = planApply(request);
    if (context.global.dryRun) return printPlan(context, plan);
    const changing = statesOf(request).filter(({ state }) => state !== "in force");
    if (changing.length > 0) await confirm(context, `change the firewall of ${changing.length} hosts?`);
    return executePlan({ context, site, transport, plan });
  });
}

/** `smc firewall status [HOST…]`: whether each host has the rules that it should have, now and at its next boot. */
export function firewallStatus(
  context: CommandContext<unknown>,
  words: readonly string[],
): Promise<ExitCode> {
  return onFirewalls(context, words, ({ request }) => {
    const states = statesOf(request);
    const { stdout } = context.io;
    if (context.global.json) stdout.write(`${JSON.stringify({ version: 1, hosts: states })}\n`);
    else stdout.write(renderTable(["host", "state", "note"], states.map(toRow)));
    return Promise.resolve(exitOf(states));
  });
}

function statesOf({ rules, seen }: FirewallRequest): FirewallState[] {
  return rules.map(wanted => firewallState(wanted, seen.get(wanted.host)));
}

function withRules(
  { rules }: FirewallRequest,
  states: readonly FirewallState[],
): (FirewallState & { rules: string })[] {
  return states.map((state, index) => {
    const wanted = rules[index];
    return { ...state, rules: wanted === undefined ? "" : renderRules(wanted) };
  });
}

/** Of a host that has rules only what would change; of one that has none all of them. */
function toText({ host, state, changes, findings, rules }: FirewallState & { rules: string }): string {
  const notes = findings.map(finding => `  note: ${finding}\n`).join("");
  const shown = state === "differs" ? changes : rules.split("\n").slice(0, -1);
  return `${host}: ${state}\n${notes}${shown.map(line => `  ${line}\n`).join("")}`;
}

function toRow({ host, state, changes, findings }: FirewallState): string[] {
  const count = changes.length === 0 ? [] : [`${changes.length} lines differ`];
  return [host, state, [...findings, ...(state === "differs" ? count : [])].join("; ")];
}

function exitOf(states: readonly FirewallState[]): ExitCode {
  if (states.some(({ state }) => state === "unknown")) return StatusExitCode.Unreachable;
  return states.every(({ state }) => state === "in force")
    ? StatusExitCode.AllRunning
    : StatusExitCode.NotAllRunning;
}
