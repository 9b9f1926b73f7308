import { ExitCode } from "../../base/exit-code.ts";
import { foldNames } from "../../base/host-ranges.ts";
import { OperatorError } from "../../base/operator-error.ts";
import type { Host } from "../../inventory/model.ts";
import type { Plan } from "../../plan/model.ts";
import { type PublicKeys, unknownMembers } from "../../vpn/keys.ts";
import { seenOf } from "../../vpn/observation.ts";
import { planJoin } from "../../vpn/planners/join.ts";
import { planLeave } from "../../vpn/planners/leave.ts";
import type { VpnRequest } from "../../vpn/planners/request.ts";
import { planRotate } from "../../vpn/planners/rotate.ts";
import { confirm } from "../confirm.ts";
import { executePlan } from "../execute.ts";
import type { CommandContext } from "../model.ts";
import { printPlan } from "../print-plan.ts";
import { lookAtVpn, namedHosts, onVpn, refuseLostWay, type VpnAsk, whyOf } from "./network.ts";

/** `smc vpn join HOST…`: brings hosts into the VPN, and the files of all members in line with the services file. */
export function joinVpn(context: CommandContext<unknown>, words: readonly string[]): Promise<ExitCode> {
  return onVpn(context, words, async ask => {
    const joining = namedHosts(ask, words);
    const { request } = await lookAtVpn(ask);
    requireAnswers(request, joining);
    await refuseLostWay(ask, request, joining);
    return carryOut(ask, planJoin(request, joining));
  });
}

/** `smc vpn leave HOST…`: takes hosts out of the VPN; no member accepts their keys any more. */
export function leaveVpn(context: CommandContext<unknown>, words: readonly string[]): Promise<ExitCode> {
  return onVpn(context, words, async ask => {
    const leaving = namedHosts(ask, words);
    const { request, kept } = await lookAtVpn(ask);
    await confirm(context, `take ${namesOf(leaving)} out of the VPN?`);
    tellOfSilent(context, request, leaving);
    // Before anything is done: a run that is resumed ends without this command.
    if (!context.global.dryRun) await ask.store.replace(withoutHosts(kept, leaving));
    return carryOut(ask, planLeave(request, leaving), leaving);
  });
}

/** `smc vpn rotate HOST…`: gives members new keys, one after the other. */
export function rotateVpn(context: CommandContext<unknown>, words: readonly string[]): Promise<ExitCode> {
  return onVpn(context, words, async ask => {
    const rotating = namedHosts(ask, words);
    const { request, kept } = await lookAtVpn(ask);
    const members = request.network.hosts.filter(({ name }) => request.keys.has(name));
    const asked = [...members, ...unknownMembers(request), ...rotating];
    requireAnswers(request, [...new Map(asked.map(host => [host.name, host])).values()]);
    const outside = rotating.filter(({ name }) => !request.keys.has(name));
    if (outside.length === 0) {
      // As in leaving: after a run that is resumed the old key must not stand in for a host that does not answer.
      if (!context.global.dryRun) await ask.store.replace(withoutHosts(kept, rotating));
      return carryOut(ask, planRotate(request, rotating));
    }
    throw new OperatorError(`${namesOf(outside)} ${outside.length === 1 ? "is" : "are"} not in the VPN`, {
      code: "NOT_IN_VPN",
      exit: ExitCode.Refused,
      hint: `smc vpn join ${namesOf(outside)}`,
    });
  });
}

/** Prints the plan, or carries it out and keeps the public keys as they then are, without those of hosts that were to go. */
async function carryOut(ask: VpnAsk, plan: Plan, gone: readonly Host[] = []): Promise<ExitCode> {
  const { context, site, transport, store } = ask;
  if (context.global.dryRun) return printPlan(context, plan);
  const code = await executePlan({ context, site, transport, plan });
  if (code === ExitCode.Interrupted) return code;
  const names = new Set(gone.map(({ name }) => name));
  const { keys } = (await lookAtVpn(ask)).request;
  await store.replace(new Map([...keys].filter(([name]) => !names.has(name))));
  return code;
}

/** Throws an OperatorError (exit 3) when one of these did not answer: a half of this would do harm. */
function requireAnswers(request: VpnRequest, hosts: readonly Host[]): void {
  const silent = hosts.filter(({ name }) => seenOf(request.seen, name) === undefined);
  if (silent.length === 0) return;
  throw new OperatorError(`${namesOf(silent)} did not answer: nothing was touched`, {
    code: "VPN_UNKNOWN",
    exit: ExitCode.Refused,
    details: silent.map(({ name }) => `${name}: ${whyOf(request, name)}`),
    hint: "smc vpn status  shows who answers",
  });
}

function tellOfSilent({ io }: CommandContext<unknown>, request: VpnRequest, leaving: readonly Host[]): void {
  const silent = leaving.filter(({ name }) => seenOf(request.seen, name) === undefined);
  if (silent.length === 0) return;
  io.stderr.write(
    `note: ${namesOf(silent)} did not answer: it keeps its own key and files, and is let in by nobody whom this run has told\n`,
  );
}

function withoutHosts(keys: PublicKeys, hosts: readonly Host[]): PublicKeys {
  const names = new Set(hosts.map(({ name }) => name));
  return new Map([...keys].filter(([name]) => !names.has(name)));
}

function namesOf(hosts: readonly Host[]): string {
  return foldNames(hosts.map(({ name }) => name));
}
